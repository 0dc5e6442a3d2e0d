"""Runs a pattern as a program with an explicit stack. A state that failed once is never tried again."""

from dataclasses import dataclass
from typing import Any

from engine.feel.limits import Purse
from engine.feel.regex.parser import Choice, Edge, Group, One, Reference, RegexParser, Repeat, Sequence, Tree
from engine.feel.values import Unsuitable

_MAX_PROGRAM = 4000
_STEPS_PER_UNIT = 8
_ONE, _EDGE, _REFERENCE, _SAVE, _SPLIT, _JUMP, _END = range(7)


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern was found; `groups` holds start and end offsets, -1 for a group that took no part."""

    start: int
    end: int
    groups: tuple[int, ...]

    def text(self, subject: str, group: int) -> str:
        """What a group matched, "" if it took no part; group 0 is the whole match."""
        if group == 0:
            return subject[self.start : self.end]
        low, high = self.groups[2 * group - 2], self.groups[2 * group - 1]
        return subject[low:high] if high >= 0 else ""


class Pattern:
    """A compiled pattern."""

    def __init__(self, pattern: str, flags: str, purse: Purse) -> None:
        parser = RegexParser(pattern, flags)
        self._multiline, self._ignore_case = "m" in flags, "i" in flags
        self._program: list[tuple[int, Any, Any]] = []
        self._emitted = 0
        self._emit(parser.read())
        self._add(_END)
        self.groups = parser.groups
        self._has_references = parser.has_references
        purse.charge(len(self._program) >> 3)

    def search(self, subject: str, start: int, purse: Purse) -> Match | None:
        """The first match at or after `start`. Raises ExpressionInvalid when the fuel is used up."""
        seen: set[Any] = set()
        for position in range(start, len(subject) + 1):
            match = self._match_at(subject, position, purse, seen)
            if match is not None:
                return match
        return None

    def _match_at(self, subject: str, start: int, purse: Purse, seen: set[Any]) -> Match | None:
        stack: list[tuple[int, int, tuple[int, ...]]] = [(0, start, (-1,) * (2 * self.groups))]
        steps = 0
        while stack:
            counter, position, groups = stack.pop()
            key = (counter, position, groups) if self._has_references else (counter * (len(subject) + 1) + position)
            if key in seen:
                continue
            seen.add(key)
            steps += 1
            if self._has_references or steps % _STEPS_PER_UNIT == 0:
                purse.charge(1)
            kind, first, second = self._program[counter]
            if kind == _END:
                return Match(start, position, groups)
            if kind == _SPLIT:
                stack.append((second, position, groups))
                stack.append((first, position, groups))
                continue
            if kind == _JUMP:
                stack.append((first, position, groups))
                continue
            moved = self._step(kind, first, subject, position, groups)
            if moved >= 0:
                if kind == _SAVE:
                    groups = (*groups[:first], position, *groups[first + 1 :])
                stack.append((counter + 1, moved, groups))
        purse.charge(1)
        return None

    def _step(self, kind: int, operand: Any, subject: str, position: int, groups: tuple[int, ...]) -> int:
        """The position after one instruction, -1 if it fails."""
        if kind == _ONE:
            return position + 1 if position < len(subject) and operand(subject[position]) else -1
        if kind == _SAVE:
            return position
        if kind == _EDGE:
            return position if self._at_edge(operand, subject, position) else -1
        low, high = groups[2 * operand - 2], groups[2 * operand - 1]
        text = subject[low:high] if high >= 0 else ""
        found = subject[position : position + len(text)]
        same = found.casefold() == text.casefold() if self._ignore_case else found == text
        return position + len(text) if same else -1

    def _at_edge(self, kind: str, subject: str, position: int) -> bool:
        if kind == "^":
            line_start = self._multiline and 0 < position < len(subject) and subject[position - 1] == "\n"
            return position == 0 or line_start
        line_end = self._multiline and position < len(subject) and subject[position] == "\n"
        return position == len(subject) or line_end

    # -- from tree to program -------------------------------------------------------------------------------------

    def _add(self, kind: int, first: Any = None, second: Any = None) -> int:
        if len(self._program) >= _MAX_PROGRAM:
            raise Unsuitable
        self._program.append((kind, first, second))
        return len(self._program) - 1

    def _emit(self, tree: Tree) -> None:
        # Nested counts multiply even around an empty group, which adds nothing to the program's length.
        self._emitted += 1
        if self._emitted > 2 * _MAX_PROGRAM:
            raise Unsuitable
        match tree:
            case One(matches):
                self._add(_ONE, matches)
            case Edge(kind):
                self._add(_EDGE, kind)
            case Reference(group):
                self._add(_REFERENCE, group)
            case Sequence(parts):
                for part in parts:
                    self._emit(part)
            case Group(number, body):
                self._add(_SAVE, 2 * number - 2)
                self._emit(body)
                self._add(_SAVE, 2 * number - 1)
            case Choice(branches):
                self._emit_choice(branches)
            case Repeat():
                self._emit_repeat(tree)

    def _emit_choice(self, branches: tuple[Tree, ...]) -> None:
        jumps = []
        for branch in branches[:-1]:
            split = self._add(_SPLIT)
            self._emit(branch)
            jumps.append(self._add(_JUMP))
            self._program[split] = (_SPLIT, split + 1, len(self._program))
        self._emit(branches[-1])
        for jump in jumps:
            self._program[jump] = (_JUMP, len(self._program), None)

    def _emit_repeat(self, repeat: Repeat) -> None:
        for _ in range(repeat.least):
            self._emit(repeat.body)
        if repeat.most is None:
            split = self._add(_SPLIT)
            self._emit(repeat.body)
            self._add(_JUMP, split)
            self._close(split, repeat)
            return
        splits = []
        for _ in range(repeat.most - repeat.least):
            splits.append(self._add(_SPLIT))
            self._emit(repeat.body)
        for split in splits:
            self._close(split, repeat)

    def _close(self, split: int, repeat: Repeat) -> None:
        inside, behind = split + 1, len(self._program)
        self._program[split] = (_SPLIT, behind, inside) if repeat.lazy else (_SPLIT, inside, behind)


def compile_pattern(pattern: str, flags: str, purse: Purse) -> Pattern:
    """Compile a pattern. Raises Unsuitable if the pattern or a flag is not valid."""
    return Pattern(pattern, flags, purse)
