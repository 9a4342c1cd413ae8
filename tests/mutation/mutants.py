"""Small changes to the core's source, such as a slip of the pen would make; Cosmic Ray has the operators.

A place in the source is drawn first, then what becomes of it, so that `a + b`, which can become a dozen other things,
does not count a dozen times. What is drawn hangs on the text of a place, not on its line: where something else in a
file changes, the same mutants come again. Annotations are left alone, for nothing reads them; so are protocols, slots,
what is frozen though nobody changes it, zips that are strict about what is so anyway, the star before parameters that
have names, and whether `is` or `==` compares what there is only one of.
"""

import ast
import difflib
import random
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

_THE_SAME = ("NoOp", "_Is_Eq", "_IsNot_NotEq")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change to one place of a file.

    Attributes
    ----------
    path
        The file, from the top of the tree.
    line
        Where the change begins, from 1.
    lines
        All lines of the statement, or of its head, in which it lies.
    source
        The whole file as it becomes.
    was, becomes
        The lines that differ.
    """

    path: str
    line: int
    lines: range
    source: str
    was: str
    becomes: str

    @property
    def where(self) -> str:
        """The place, as an editor takes it."""
        return f"{self.path}:{self.line}"

    @property
    def change(self) -> str:
        """What differs, as a diff has it."""
        return "\n".join([*(f"- {x}" for x in self.was.split("\n")), *(f"+ {x}" for x in self.becomes.split("\n"))])


@dataclass(frozen=True, slots=True)
class _Place:
    path: Path
    start: tuple[int, int]
    key: str
    choices: tuple[tuple[str, int], ...]
    """Operators by name, and the how manieth of what each could change in the file this is."""


def drawn(tree: Path, folders: list[str], n_mutants: int, seed: int) -> list[Mutant]:
    """Draw mutants of all modules in some folders, in the order of their places."""
    places = [place for folder in folders for path in sorted((tree / folder).rglob("*.py")) for place in _places(path)]
    places.sort(key=lambda place: sha256(f"{seed} {place.path.relative_to(tree)} {place.key}".encode()).digest())
    mutants = (_mutant(tree, place, random.Random(f"{seed} {place.key}")) for place in places)
    chosen = islice((mutant for mutant in mutants if mutant is not None), n_mutants)
    return sorted(chosen, key=lambda mutant: (mutant.path, mutant.line))


def _places(path: Path) -> Iterator[_Place]:
    """Find all that can be changed in a file, and how."""
    source = path.read_text(encoding="utf-8")
    nodes, lines, unread = list(ast_nodes(get_ast(source))), source.splitlines(), list(_unread(ast.parse(source)))
    found: dict[tuple[int, int], list[tuple[str, int]]] = {}
    for name in operator_names():
        operator = get_operator(name)
        if operator.arguments() or name.endswith(_THE_SAME):
            continue
        spans = (span for node in nodes for span in operator().mutation_positions(node))
        for number, (start, stop) in enumerate(spans):
            word = lines[start[0] - 1][start[1] : stop[1]]
            is_dotted = name.endswith("ExceptionReplacer") and "." in word  # which it cannot replace
            is_star = word == "*" and lines[start[0] - 1][stop[1] :].startswith(",")
            if not is_dotted and not is_star and not any(first <= start < last for first, last in unread):
                found.setdefault(start, []).append((name, number))
    seen: Counter[str] = Counter()
    for start, choices in sorted(found.items()):
        text = f"{start[1]} {lines[start[0] - 1]}"
        seen[text] += 1
        yield _Place(path, start, f"{text} {seen[text]}", tuple(choices))


def _unread(tree: ast.Module) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield the spans of what no test could tell of: annotations and protocols, slots and the like."""
    for node in ast.walk(tree):
        found: list[ast.expr | ast.stmt | None] = []
        match node:
            case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=annotation):
                found = [annotation]
            case ast.FunctionDef(returns=returns) | ast.AsyncFunctionDef(returns=returns):
                found = [returns]
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                found = [node]
            case ast.keyword(arg="slots" | "strict" | "frozen", value=value):
                found = [value]
            case ast.ClassDef(bases=[ast.Name(id="Protocol")]):
                found = [node]
        for each in found:
            if each is not None and each.end_lineno is not None and each.end_col_offset is not None:
                yield (each.lineno, each.col_offset), (each.end_lineno, each.end_col_offset)


def _mutant(tree: Path, place: _Place, draw: random.Random) -> Mutant | None:
    """Return what becomes of a place; None where no change of it is Python, and such as no compiler warns of."""
    source = place.path.read_text(encoding="utf-8")
    for name, number in draw.sample(place.choices, len(place.choices)):
        mutated = mutate_code(source, get_operator(name)(), number)
        with warnings.catch_warnings(action="error"), suppress(SyntaxError, SyntaxWarning):
            compile(mutated, place.path, "exec")
            return _as_mutant(tree, place, source, mutated)
    return None


def _as_mutant(tree: Path, place: _Place, source: str, mutated: str) -> Mutant:
    was, becomes = list[str](), list[str]()
    for line in difflib.ndiff(source.splitlines(), mutated.splitlines()):
        if line[0] in "-+":
            (was if line[0] == "-" else becomes).append(line[2:].strip())
    path, lines = str(place.path.relative_to(tree)), _statement(source, place.start[0])
    return Mutant(path, place.start[0], lines, mutated, "\n".join(was), "\n".join(becomes))


def _statement(source: str, line: int) -> range:
    """Return the lines of the innermost statement around a line, without what is nested in it.

    Of a function's head and its decorators, which only importing comes by, it is those of all that is in it.
    """
    best = range(line, line + 1)
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.stmt):
            continue
        start, end = node.lineno, (node.end_lineno or node.lineno) + 1
        first = min([start, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        if first <= line < end:
            inner = [each.lineno for each in ast.walk(node) if isinstance(each, ast.stmt) and each is not node]
            if line < min(inner, default=line + 1):
                is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                best = range(start, end if is_function else min([*inner, end]))
    return best
