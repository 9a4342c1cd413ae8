"""The tensors of a large model, a line each: how large, its gradient, how much of it a step changes, and what is amiss.

It has the columns of the table of parameters, with a word on what is amiss in the place of the path.
"""

from dataclasses import dataclass
from functools import cached_property
from math import isfinite, isinf, isnan

from rich.cells import cell_len

from linreg.text import safe
from linreg.training.facts import TensorSummary
from linreg_tui.monitor.panels.parameter_layout import Layout, ParameterRow
from linreg_tui.text.alignment import flush_left
from linreg_tui.text.numbers import count, scientific, significant

LONGEST_WORD = len("explodes")
LARGE_STEP, NO_STEP = 0.1, 1e-9
"""Parts of a tensor's norm: a step so large tears it apart, and one so small changes nothing."""
_HEADINGS = "norm", "gradient", "step/norm"
"""The last is the norm of what a step adds, over that of the tensor."""
_SHORTEST_NAME = 20
_FEWEST, _MOST = 1e-3, 1e5
"""Between these a number is written without an exponent."""


@dataclass(frozen=True, eq=False)
class TensorTable:
    """The tensors at one moment, as the panel of parameters wants its table."""

    tensors: tuple[TensorSummary, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The tensors' names, safe."""
        return tuple(map(safe, _shortest([each.name for each in self.tensors])))

    @cached_property
    def _with_shapes(self) -> tuple[str, ...]:
        shapes = ["×".join(map(str, each.shape)) or "scalar" for each in self.tensors]
        longest, widest = max(map(cell_len, self.names), default=0), max(map(len, shapes), default=0)
        pairs = zip(self.names, shapes, strict=True)
        return tuple(f"{flush_left(name, longest)}  {shape.rjust(widest)}" for name, shape in pairs)

    @property
    def headings(self) -> tuple[str, ...]:
        """What the columns of numbers hold."""
        return _HEADINGS

    @cached_property
    def longest_name(self) -> int:
        """Cells of a name with its shape."""
        return max(map(cell_len, self._with_shapes), default=1)

    def matching(self, text: str) -> list[int]:
        """Return the indices of the tensors whose name contains a text, in any case."""
        wanted = text.casefold()
        return [index for index, name in enumerate(self.names) if wanted in name.casefold()]

    def heading(self, layout: Layout) -> ParameterRow:
        """Name the columns."""
        texts = [_HEADINGS[column].rjust(layout.gap + layout.number) for column in layout.columns]
        return " " * layout.name, texts[0], tuple(texts[1:]), " " * layout.path

    def row(self, index: int, layout: Layout, *, plain: bool = False) -> ParameterRow:
        """Write the row of one tensor."""
        tensor = self.tensors[index]
        numbers = tensor.norm, tensor.gradient_norm, tensor.update_ratio
        gap = " " * layout.gap
        texts = [gap + _written(numbers[column], layout.number) for column in layout.columns]
        names = self._with_shapes if layout.name >= self.longest_name else self.names
        name = names[index].replace("×", "x") if plain else names[index]
        return flush_left(name, layout.name), texts[0], tuple(texts[1:]), amiss(tensor).ljust(layout.path)

    def below(self, layout: Layout, *, plain: bool = False) -> list[ParameterRow]:
        """Return the rows that stay in sight: none."""
        return []

    @property
    def note(self) -> str:
        """How many numbers, and how many tensors want looking at."""
        n_amiss = sum(bool(amiss(each)) for each in self.tensors)
        n_scalars = count(sum(each.n_scalars for each in self.tensors))
        return f"{n_scalars} numbers" + (f", {count(n_amiss)} amiss" if n_amiss else "")


def tensor_layout(width: int, longest_name: int) -> Layout:
    """Choose what fits: the word stays, the columns of the norm and of the gradient go."""
    for columns, number, gap in (((0, 1, 2), 10, 2), ((0, 1, 2), 9, 1), ((1, 2), 9, 1), ((2,), 9, 1)):
        room = width - len(columns) * (number + gap) - gap - LONGEST_WORD
        if room >= min(longest_name, _SHORTEST_NAME):
            break
    return Layout(max(1, min(longest_name, room)), number, gap, columns, LONGEST_WORD)


def _shortest(names: list[str]) -> list[str]:
    """Leave out a module's name that all begin with."""
    owners = {name.partition(".")[0] if "." in name else "" for name in names}
    return [name.partition(".")[2] for name in names] if len(owners) == 1 and "" not in owners else names


def amiss(tensor: TensorSummary) -> str:
    """Say in a word what is wrong with a tensor; nothing where nothing is.

    Of a vector, which may have started at 0, a large step says nothing.
    """
    if isinf(tensor.norm) or isinf(tensor.gradient_norm):
        return "NaN/inf"
    if isnan(tensor.norm):  # it has not been looked at yet
        return ""
    if isnan(tensor.gradient_norm):
        return "unused"
    if tensor.gradient_norm == 0:
        return "dead"
    if len(tensor.shape) > 1 and tensor.update_ratio > LARGE_STEP:
        return "explodes"
    if isfinite(tensor.update_ratio) and tensor.update_ratio < NO_STEP:
        return "stands"
    return ""


def _written(number: float, width: int) -> str:
    if isnan(number):
        return "–".rjust(width)
    if number and not _FEWEST <= abs(number) < _MOST:
        return scientific(number, width, digits=3).rjust(width)
    return significant(number).rjust(width)
