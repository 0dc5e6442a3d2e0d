"""Reads FEEL text into the syntax tree: precedence climbing over the grammar of DMN 1.5, chapter 10."""

from engine.feel.lexer import KEYWORDS
from engine.feel.limits import MAX_NESTING
from engine.feel.names import Known, NameReader, NameTable
from engine.feel.nodes import (
    Arithmetic,
    AtLiteral,
    Between,
    Call,
    Comparison,
    Conjunction,
    ContextOf,
    Disjunction,
    Filter,
    For,
    FunctionOf,
    If,
    In,
    InstanceOf,
    Interval,
    Iteration,
    ListOf,
    Literal,
    Name,
    Negation,
    Node,
    Path,
    Quantified,
    Tests,
    TypeName,
    UnaryComparison,
)
from engine.feel.type_parser import read_type

_OR, _AND, _COMPARISON, _ADDITIVE, _MULTIPLICATIVE, _POWER, _INSTANCE = range(1, 8)
_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_ARITHMETIC = {_ADDITIVE: ("+", "-"), _MULTIPLICATIVE: ("*", "/"), _POWER: ("**",)}
_STARTS_NO_EXPRESSION = frozenset(
    (
        *(")", "]", "}", ",", "..", ".", ":", "=", "!=", "<", "<=", ">", ">=", "+", "*", "/", "**"),
        *("and", "in", "of", "or", "else", "return", "satisfies", "then"),
    )
)
_CONSTANTS = {"true": True, "false": False, "null": None}


class Parser(NameReader):
    """One parse of one text."""

    def __init__(self, source: str, builtins: NameTable, known: Known) -> None:
        super().__init__(source, builtins, known)
        self._nesting = 0
        self._in_range_end = False

    # -- whole texts ----------------------------------------------------------------------------------------------

    def read_expression(self) -> Node:
        """The whole text as one expression."""
        node = self._expression()
        self._expect_end()
        return node

    def read_unary_tests(self) -> Tests:
        """The whole text as the input entry of a decision table."""
        position = self.token.position
        if self._at_end() or (self.at("-") and self.tokens[1].kind == "end"):
            return Tests(position, (), negated=False)
        if self.at("not") and self.at("(", ahead=1):
            self.index += 2
            tests = self._tests()
            if self.accept(")") and self._at_end():
                return Tests(position, tests, negated=True)
            self.index = 0
        tests = self._tests()
        self._expect_end()
        return Tests(position, tests, negated=False)

    def _at_end(self) -> bool:
        return self.token.kind == "end"

    def _expect_end(self) -> None:
        if not self._at_end():
            self.refuse("{text} is not expected here.", text=self.token.text[:40])

    def _tests(self) -> tuple[Node, ...]:
        tests = [self._test()]
        while self.accept(","):
            tests.append(self._test())
        return tuple(tests)

    def _test(self) -> Node:
        if self.token.kind == "symbol" and self.token.text in _COMPARISONS:
            operator, position = self.token.text, self.token.position
            self.index += 1
            return UnaryComparison(position, operator, self._expression(_ADDITIVE))
        return self._expression()

    # -- operators ------------------------------------------------------------------------------------------------

    def _expression(self, level: int = _OR) -> Node:
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            self.refuse("The expression is nested too deeply.", code="expression.too_deep")
        node = self._operators(self._operand(), level)
        self._nesting -= 1
        return node

    def _operators(self, left: Node, level: int) -> Node:
        for step in range(_INSTANCE, level - 1, -1):
            left = self._operators_of(left, step)
        return left

    def _operators_of(self, left: Node, level: int) -> Node:
        if level in _ARITHMETIC:
            return self._arithmetic(left, level)
        if level == _COMPARISON:
            while (compared := self._comparison(left)) is not None:
                left = compared
            return left
        if level == _INSTANCE:
            while self.at("instance") and self.at("of", ahead=1):
                position = self.token.position
                self.index += 2
                left = InstanceOf(position, left, read_type(self))
            return left
        return self._logical(left, level)

    def _logical(self, left: Node, level: int) -> Node:
        word, build = ("and", Conjunction) if level == _AND else ("or", Disjunction)
        operands = [left]
        while self.accept(word):
            operands.append(self._expression(level + 1))
        return left if len(operands) == 1 else build(left.position, tuple(operands))

    def _arithmetic(self, left: Node, level: int) -> Node:
        rest = []
        while self.token.kind == "symbol" and self.token.text in _ARITHMETIC[level]:
            operator = self.token.text
            self.index += 1
            rest.append((operator, self._expression(level + 1)))
        return Arithmetic(left.position, left, tuple(rest)) if rest else left

    def _comparison(self, left: Node) -> Node | None:
        position = self.token.position
        if self.token.kind == "symbol" and self.token.text in _COMPARISONS:
            operator = self.token.text
            self.index += 1
            return Comparison(position, operator, left, self._expression(_ADDITIVE))
        if self.accept("between"):
            low = self._expression(_ADDITIVE)
            self.expect("and")
            return Between(position, left, low, self._expression(_ADDITIVE))
        if self.accept("in"):
            return In(position, left, self._tests_after_in())
        return None

    def _tests_after_in(self) -> tuple[Node, ...]:
        if not self.at("("):
            return (self._test_after_in(),)
        tests = self._parenthesised()
        if len(tests) > 1:
            return tests
        return (self._operators(self._postfix(tests[0]), _ADDITIVE),)

    def _test_after_in(self) -> Node:
        if self.token.kind == "symbol" and self.token.text in _COMPARISONS:
            return self._test()
        return self._expression(_ADDITIVE)

    # -- operands -------------------------------------------------------------------------------------------------

    def _operand(self) -> Node:
        if self.at("-"):
            position = self.token.position
            self.index += 1
            return Negation(position, self._expression(_INSTANCE))
        return self._postfix(self._primary())

    def _primary(self) -> Node:
        token = self.token
        if token.kind in {"number", "string"}:
            self.index += 1
            return Literal(token.position, token.value)
        if token.kind == "at":
            self.index += 1
            return AtLiteral(token.position, str(token.value))
        if token.kind == "name":
            return self._word()
        if token.text == "(":
            tests = self._parenthesised()
            if len(tests) > 1:
                self.refuse("A list is written in square brackets.")
            return tests[0]
        if token.text in {"[", "]"}:
            return self._bracketed()
        if token.text == "{":
            return self._context()
        return self.refuse("A value is expected here.")

    def _word(self) -> Node:
        token = self.token
        if not self.known_name_here():
            if token.text in _CONSTANTS:
                self.index += 1
                return Literal(token.position, _CONSTANTS[token.text])
            read = {"if": self._if, "for": self._for, "some": self._quantified, "every": self._quantified}.get(
                token.text
            )
            if read is not None:
                return read()
            if token.text == "function":
                return self._function()
            if token.text in KEYWORDS:
                self.refuse("The word {word} is not expected here.", word=token.text)
        return Name(token.position, self.read_reference())

    def _parenthesised(self) -> tuple[Node, ...]:
        """( expression ), ( < 10 ), ( test, test ) or the open interval ( low .. high ]."""
        position = self.expect("(").position
        first = self._test()
        if self.accept(".."):
            return (self._interval(position, first, low_included=False),)
        tests = [first]
        while self.accept(","):
            tests.append(self._test())
        self.expect(")")
        return tuple(tests)

    def _bracketed(self) -> Node:
        """[ item, item ] or an interval that starts with either square bracket."""
        token = self.token
        self.index += 1
        if token.text == "[" and self.accept("]"):
            return ListOf(token.position, ())
        first = self._test()
        if self.accept(".."):
            return self._interval(token.position, first, low_included=token.text == "[")
        if token.text == "]":
            self.refuse("Two dots and the end of the range are expected here.")
        items = [first]
        while self.accept(","):
            items.append(self._test())
        self.expect("]")
        return ListOf(token.position, tuple(items))

    def _interval(self, position: int, low: Node, *, low_included: bool) -> Interval:
        outer, self._in_range_end = self._in_range_end, True
        high = self._expression()
        self._in_range_end = outer
        if not (self.at("]") or self.at(")") or self.at("[")):
            self.refuse("{expected} is expected here.", expected="]")
        high_included = self.at("]")
        self.index += 1
        return Interval(position, low, high, low_included, high_included)

    def _context(self) -> ContextOf:
        position = self.expect("{").position
        entries: list[tuple[str, Node]] = []
        with self.scope():
            while not self.accept("}"):
                if entries:
                    self.expect(",")
                entries.append(self._entry({key for key, _ in entries}))
        return ContextOf(position, tuple(entries))

    def _entry(self, taken: set[str]) -> tuple[str, Node]:
        if self.token.kind == "string":
            key = str(self.token.value)
            self.index += 1
        else:
            key = self.read_declared(until=":")
        if key in taken:
            self.refuse("The context has two entries named {name}.", name=key)
        self.expect(":")
        value = self._expression()
        self.bind(key)
        self.remember_key(key)
        return key, value

    def _postfix(self, node: Node) -> Node:
        while True:
            position = self.token.position
            if self.at("[") and not self._ends_range():
                self.index += 1
                self.filter_depth += 1
                node = Filter(position, node, self._expression())
                self.filter_depth -= 1
                self.expect("]")
            elif self.accept("."):
                node = Path(position, node, self.read_key())
            elif self.accept("("):
                node = self._call(position, node)
            else:
                return node

    def _ends_range(self) -> bool:
        # In "]1..10[" the last bracket closes the range; a filter would have a condition behind it.
        following = self.tokens[min(self.index + 1, len(self.tokens) - 1)]
        return self._in_range_end and (following.kind == "end" or following.text in _STARTS_NO_EXPRESSION)

    def _call(self, position: int, function: Node) -> Call:
        arguments: list[Node] = []
        names: list[str] = []
        while not self.accept(")"):
            if arguments:
                self.expect(",")
            if self.declares(":") and len(names) == len(arguments):
                names.append(self.read_declared(until=":"))
                self.expect(":")
            elif names:
                self.refuse("Either all parameters are named or none is.")
            arguments.append(self._test())
        return Call(position, function, tuple(arguments), tuple(names))

    # -- words ----------------------------------------------------------------------------------------------------

    def _if(self) -> If:
        position = self.expect("if").position
        condition = self._expression()
        self.expect("then")
        then = self._expression()
        self.expect("else")
        return If(position, condition, then, self._expression())

    def _for(self) -> For:
        position = self.expect("for").position
        with self.scope(["partial"]):
            iterations = self._iterations()
            self.expect("return")
            return For(position, iterations, self._expression())

    def _quantified(self) -> Quantified:
        token = self.token
        self.index += 1
        with self.scope():
            iterations = self._iterations()
            self.expect("satisfies")
            return Quantified(token.position, token.text == "every", iterations, self._expression())

    def _iterations(self) -> tuple[Iteration, ...]:
        iterations = [self._iteration()]
        while self.accept(","):
            iterations.append(self._iteration())
        return tuple(iterations)

    def _iteration(self) -> Iteration:
        position = self.token.position
        name = self.read_declared(until="in")
        self.expect("in")
        source = self._expression()
        end = self._expression() if self.accept("..") else None
        self.bind(name)
        return Iteration(position, name, source, end)

    def _function(self) -> FunctionOf:
        position = self.expect("function").position
        self.expect("(")
        parameters: list[tuple[str, TypeName | None]] = []
        while not self.accept(")"):
            if parameters:
                self.expect(",")
            parameters.append(self._parameter())
        external = self.accept("external")
        with self.scope(name for name, _ in parameters):
            return FunctionOf(position, tuple(parameters), self._expression(), external)

    def _parameter(self) -> tuple[str, TypeName | None]:
        start = self.index
        while not (self.at(",") or self.at(")") or self.at(":") or self.token.kind == "end"):
            self.index += 1
        end = self.token.text
        self.index = start
        name = self.read_declared(until=end)
        return name, read_type(self) if self.accept(":") else None
