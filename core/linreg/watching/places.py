"""Where in the script a step is taken: what its tensors are called there, and which epoch of how many it is in.

Both are read from the frames that are at work, innermost first, and from their source. A name that is not found is
replaced by a number, and an epoch that is not certain by nothing: never by a wrong one.
"""

import ast
import linecache
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

_OURS = str(Path(__file__).parents[1])
_MOST_FRAMES, _LARGEST_RANGE = 50, 2**62
_REFERENCES = 3
"""How many there are of what only a frame holds, as `variables_of` counts them: its own, and the call's."""


def script_frames(frame: FrameType | None = None) -> Iterator[FrameType]:
    """Yield the frames of the calling thread that are neither ours nor torch's, innermost first."""
    frame = sys._getframe(1) if frame is None else frame
    foreign = _OURS, str(Path(sys.modules["torch"].__file__ or "").parent)
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return
        name = frame.f_code.co_filename
        if name.startswith(("<frozen", "<string")) or name.endswith("runpy.py"):
            pass
        elif not name.startswith(foreign):
            yield frame
        frame = frame.f_back


def variables_of(frame: FrameType) -> Mapping[str, Any]:
    """Return the variables of a frame as they are, and leave nothing behind.

    Up to Python 3.12 a function's `f_locals` is a copy that stays in its frame, and keeps alive what the script has let
    go of since: a batch, the outputs of a large model. It is emptied, unless the script itself has called `locals()`.
    """
    held = frame.f_locals
    if not frame.f_code.co_flags & CO_OPTIMIZED or sys.version_info >= (3, 13):
        return held
    copy = dict(held)
    if sys.getrefcount(held) <= _REFERENCES:
        held.clear()
    return copy


def names_of(tensors: "Sequence[Tensor]", frames: Sequence[FrameType]) -> tuple[str, ...]:
    """Name tensors as the script does: by their variable, or by the module that they are in and their place in that.

    Frames are looked through in order, the variables of each before its globals, then what those are attributes of.
    """
    found: dict[int, str] = {}
    wanted = {id(tensor) for tensor in tensors}
    for frame in frames:
        scopes = variables_of(frame), frame.f_globals
        for scope in scopes:
            _name_within(scope, "", wanted, found)
        for scope in scopes:
            for name, value in list(scope.items()):
                if not name.startswith("__") and not issubclass(type(value), type):
                    with suppress(Exception):
                        _name_within(object.__getattribute__(value, "__dict__"), f"{name}.", wanted, found)
        if len(found) == len(wanted):
            break
    return _all_different([found.get(id(tensor), f"parameter {place}") for place, tensor in enumerate(tensors, 1)])


def named_so(
    names: Sequence[str], shapes: Sequence[tuple[int, ...]], scope: Mapping[str, Any]
) -> "list[Tensor] | None":
    """Return the tensors that a module holds by these names, if all are there in these shapes."""
    found = [scope.get(name) for name in names]
    tensors = [each for each in found if isinstance(each, sys.modules["torch"].Tensor)]
    return tensors if [tuple(each.shape) for each in tensors] == [*shapes] else None


def _name_within(scope: Mapping[str, Any], prefix: str, wanted: set[int], found: dict[int, str]) -> None:
    torch = sys.modules["torch"]
    modules = []
    for name, value in list(scope.items()):
        kind = type(value)  # and not isinstance, which asks what is none: a stranger's object may warn, or do anything
        if issubclass(kind, torch.Tensor):
            if id(value) in wanted:
                found.setdefault(id(value), prefix + name)
        elif issubclass(kind, torch.nn.Module):
            modules.append((name, value))
        elif issubclass(kind, list | tuple) and len(value) <= 1000:
            for place, each in enumerate(value):
                if id(each) in wanted:
                    found.setdefault(id(each), f"{prefix}{name}[{place}]")
    # The module that has most of them is the model itself, and not a layer that the script holds by a name as well.
    modules.sort(key=lambda each: -sum(1 for _ in each[1].parameters()))
    for name, module in modules:
        for inner, tensor in module.named_parameters():
            if id(tensor) in wanted:
                found.setdefault(id(tensor), f"{prefix}{name}.{inner}")


def _all_different(names: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    different = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        different.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(different)


@dataclass(frozen=True, slots=True)
class Counter:
    """A loop over a range around the step: where its variable is, and the range's last value."""

    code: CodeType
    variable: str
    values: range
    is_innermost: bool
    """Whether no other loop is between it and the step."""
    names: Mapping[str, Any] | None
    """Where the variable is, for a loop of a module's own: it is read there without looking for the frame."""

    def read(self, frame: FrameType | None) -> int | None:
        """Return the loop's variable now, as a step in some frame sees it; None where it is not in the range."""
        names = self.names
        if names is None:
            names = next((variables_of(each) for each in _and_around(frame) if each.f_code is self.code), {})
        value = names.get(self.variable)
        return value if isinstance(value, int) and value in self.values else None


def _and_around(frame: FrameType | None) -> Iterator[FrameType]:
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def counter_of(frames: Sequence[FrameType]) -> Counter | None:
    """Find the loop that counts epochs: the one over a range around the step, in the innermost frame that has any.

    Of several, one within another, the one whose variable is called an epoch; where that leaves it open, None.
    """
    found: list[tuple[Counter, str]] = []
    n_between = 0
    for frame in frames:
        for loop in _loops_around(frame):
            values = _range_of(loop.iter, frame) if isinstance(loop, ast.For) else None
            if values is not None and isinstance(loop, ast.For) and isinstance(loop.target, ast.Name):
                name = loop.target.id
                if name in variables_of(frame):
                    names = frame.f_globals if frame.f_locals is frame.f_globals else None
                    found.append((Counter(frame.f_code, name, values, not n_between, names), name))
            n_between += 1
    if len(found) == 1:
        return found[0][0]
    called = [counter for counter, name in found if "epoch" in name.lower() or name in ("ep", "e")]
    return called[0] if len(called) == 1 else None


def _loops_around(frame: FrameType) -> list[ast.stmt]:
    """Return the loops around the line that a frame is at, within its own function, innermost first."""
    tree = _tree_of(frame)
    if tree is None:
        return []
    line, first = frame.f_lineno, frame.f_code.co_firstlineno
    loops: list[ast.stmt] = []
    for node in _within_the_same_function(_body_of(tree, frame.f_code.co_name, first)):
        if isinstance(node, ast.For | ast.While):
            inside = node.body[0].lineno <= line <= (node.body[-1].end_lineno or 0)
            if inside:
                loops.append(node)
    loops.sort(key=lambda loop: -loop.lineno)
    return loops


def _tree_of(frame: FrameType) -> ast.Module | None:
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    try:
        return ast.parse("".join(lines)) if lines else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _body_of(tree: ast.Module, name: str, first: int) -> Sequence[ast.AST]:
    if name == "<module>":
        return tree.body
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            starts = [node.lineno, *(each.lineno for each in node.decorator_list)]
            if first in starts:
                return node.body
    return ()


def _within_the_same_function(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)


def _range_of(node: ast.expr, frame: FrameType) -> range | None:
    """Evaluate ``range(…)``, also within ``tqdm(…)`` or ``trange(…)``; None for anything else."""
    if not isinstance(node, ast.Call):
        return None
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in ("tqdm", "track", "progress_bar") and node.args:
        return _range_of(node.args[0], frame)
    if name not in ("range", "trange") or (name == "range" and not _is_builtin_range(frame)):
        return None
    values = [_whole_number(each, frame) for each in node.args]
    whole = [value for value in values if value is not None]
    if not whole or len(whole) < len(values):
        return None
    try:
        found = range(*whole)
    except (TypeError, ValueError):
        return None
    return found if 0 < len(found) < _LARGEST_RANGE else None


def _is_builtin_range(frame: FrameType) -> bool:
    return variables_of(frame).get("range", frame.f_globals.get("range", range)) is range


def _whole_number(node: ast.expr, frame: FrameType) -> int | None:
    with suppress(Exception):
        value = _value(node, frame)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_RANGE:
            return value
    return None


_OPERATIONS: dict[type[ast.operator], Any] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.FloorDiv: lambda a, b: a // b,
}


def _value(node: ast.expr, frame: FrameType) -> Any:
    """Evaluate what calls nothing of the script's: numbers, variables, what is in them, simple arithmetic."""
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            names = variables_of(frame)
            return names[node.id] if node.id in names else frame.f_globals[node.id]
        case ast.Attribute():
            return vars(_value(node.value, frame))[node.attr]
        case ast.Subscript(value=value, slice=ast.Constant(value=key)):
            held = _value(value, frame)
            if type(held) in (dict, list, tuple):
                return held[key]
        case ast.BinOp():
            left, right = _value(node.left, frame), _value(node.right, frame)
            if isinstance(left, int) and isinstance(right, int):
                return _OPERATIONS[type(node.op)](left, right)
        case ast.Call(func=ast.Name(id="int"), args=[only]):
            value = _value(only, frame)
            if type(value) in (int, float):
                return int(value)
        case ast.Call(func=ast.Name(id="len"), args=[only]):
            held = _value(only, frame)
            if type(held) in (list, tuple, dict, range):
                return len(held)
    raise LookupError
