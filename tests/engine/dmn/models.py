"""DMN files in a few words, and what their elements answer."""

from typing import Any
from xml.sax.saxutils import escape

from engine.dmn import answer, read_bundle
from engine.dmn.parser import Bundle
from engine.feel import to_json

XMLNS = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def file(*elements: str, namespace: str = "ours", xmlns: str = XMLNS, attributes: str = "") -> bytes:
    head = f'<definitions xmlns="{xmlns}" id="d" name="d" namespace="{namespace}" {attributes}>'
    return f"{head}{''.join(elements)}</definitions>".encode()


def literal(text: str) -> str:
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def variable(name: str, kind: str = "") -> str:
    return f'<variable name="{name}"' + (f' typeRef="{kind}"/>' if kind else "/>")


def given(name: str, kind: str = "") -> str:
    """Input data; its id is its name without spaces."""
    return f'<inputData id="{key(name)}" name="{name}">{variable(name, kind)}</inputData>'


def decision(name: str, logic: str, *needs: str, kind: str = "") -> str:
    """A decision; `needs` are names of decisions and input data, with a star for functions, or whole hrefs."""
    links = "".join(_requirement(need) for need in needs)
    boxed = logic if logic.startswith("<") else literal(logic)
    return f'<decision id="{key(name)}" name="{name}">{variable(name, kind)}{links}{boxed}</decision>'


def function(name: str, logic: str, *needs: str, parameters: str = "", kind: str = "", attributes: str = "") -> str:
    """A business knowledge model; parameters are written "a: number, b"."""
    boxed = logic if logic.startswith("<") else literal(logic)
    body = f"<encapsulatedLogic {attributes}>{formal(parameters)}{boxed}</encapsulatedLogic>"
    links = "".join(_requirement(need) for need in needs)
    head = f'<businessKnowledgeModel id="{key(name)}" name="{name}">'
    return f"{head}{variable(name, kind)}{links}{body}</businessKnowledgeModel>"


def formal(parameters: str) -> str:
    parts = [part.partition(":") for part in parameters.split(",") if part.strip()]
    return "".join(
        f'<formalParameter name="{name.strip()}"' + (f' typeRef="{kind.strip()}"/>' if kind else "/>")
        for name, _, kind in parts
    )


def service(name: str, *, outputs: str, encapsulated: str = "", decisions: str = "", inputs: str = "") -> str:
    """A decision service; its parts are names separated by commas."""
    groups = (
        ("outputDecision", outputs),
        ("encapsulatedDecision", encapsulated),
        ("inputDecision", decisions),
        ("inputData", inputs),
    )
    links = "".join(
        f'<{tag} href="#{key(part)}"/>' for tag, parts in groups for part in parts.split(",") if part.strip()
    )
    return f'<decisionService id="{key(name)}" name="{name}">{variable(name)}{links}</decisionService>'


def item(name: str, base: str = "", inner: str = "", *, many: bool = False, tag: str = "itemDefinition") -> str:
    held = f"<typeRef>{base}</typeRef>" if base else ""
    return f'<{tag} name="{name}" isCollection="{str(many).lower()}">{held}{inner}</{tag}>'


def part(name: str, base: str = "", inner: str = "", *, many: bool = False) -> str:
    return item(name, base, inner, many=many, tag="itemComponent")


def allowed(text: str, tag: str = "allowedValues") -> str:
    return f"<{tag}><text>{escape(text)}</text></{tag}>"


def key(name: str) -> str:
    return "_".join(name.split())


def _requirement(need: str) -> str:
    name = need.strip().lstrip("*@")
    href = name if "#" in name else f"#{key(name)}"
    if need.startswith("*"):
        return f'<knowledgeRequirement><requiredKnowledge href="{href}"/></knowledgeRequirement>'
    kind = "requiredInput" if need.startswith("@") else "requiredDecision"
    return f'<informationRequirement><{kind} href="{href}"/></informationRequirement>'


def ask(source: bytes | Bundle, name: str, **data: Any) -> Any:
    """What the element of that name gives, as JSON; what is broken is null."""
    return ask_with(source, name, data)


def ask_with(source: bytes | Bundle, name: str, data: dict[str, Any]) -> Any:
    """As `ask`, for names that Python cannot write."""
    bundle = source if isinstance(source, Bundle) else read_bundle(source)
    return to_json(answer(next(bundle.find(name)), data).value)


def result(logic: str, kind: str = "", *others: str, **data: Any) -> Any:
    """What one decision of that logic and type gives; `others` are types, and elements that it requires none of."""
    return ask(file(*others, decision("it", logic, kind=kind)), "it", **data)


def codes(source: bytes) -> list[tuple[str, str]]:
    """Code and element of every problem of a file."""
    return [(problem.code, problem.element_id) for problem in read_bundle(source).problems]
