"""The frame of a picture: two axes, the room between them, and round values at its edges."""

from dataclasses import dataclass
from math import floor, isfinite, log10
from typing import Self

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Vector
from linreg_tui.draw.axes import Axis
from linreg_tui.draw.picture import LABEL, Picture

_LEAST_WIDTH, _LEAST_HEIGHT = 20, 5
"""Of a picture that has room for labels."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a picture has its axes, and the room between them."""

    across: Axis
    down: Axis
    x: int
    width: int
    height: int

    @classmethod
    def inside(cls, room: tuple[int, int], across: Axis, down: Axis) -> Self:
        """Divide `room`, columns and lines, between the picture and labels at the left and below where they fit."""
        width, height = room
        labels = down.ticks(_n_ticks(height))
        x = max((len(tick.label) for tick in labels), default=0) + 1 if width >= _LEAST_WIDTH else 0
        return cls(across, down, x, width - x, height - 1 if height >= _LEAST_HEIGHT else height)

    def dots(self, x: Vector, y: Vector) -> tuple[Vector, Vector]:
        """Return where points lie, in dots; outside as well."""
        return self.across.share(x) * (2 * self.width - 1), (1 - self.down.share(y)) * (4 * self.height - 1)

    def holds(self, across: Vector, down: Vector) -> NDArray[np.bool_]:
        """Tell which dots are inside."""
        inside: NDArray[np.bool_] = (across >= -0.5) & (across < 2 * self.width - 0.5)
        return inside & (down >= -0.5) & (down < 4 * self.height - 0.5)

    def cells(self, x: Vector, y: Vector) -> list[tuple[int, int]]:
        """Return the cells of points that are inside."""
        across, down = self.dots(x, y)
        inside = self.holds(across, down)
        columns, rows = (np.floor(each[inside] + 0.5).astype(int) for each in (across, down))
        return list(zip((self.x + columns // 2).tolist(), (rows // 4).tolist(), strict=True))

    def at(self, column: int, row: int) -> tuple[float, float]:
        """Return the point in the middle of a cell; of one outside, at the edge."""
        across, down = self.across, self.down
        share_x = float(np.clip((2 * (column - self.x) + 0.5) / (2 * self.width - 1), 0, 1))
        share_y = float(np.clip((4 * row + 1.5) / (4 * self.height - 1), 0, 1))
        x, y = across.low + share_x * (across.high - across.low), down.high - share_y * (down.high - down.low)
        return _rounded(x, across, self.width), _rounded(y, down, self.height)

    def label(self, picture: Picture) -> None:
        """Write round values beside and below the picture."""
        if self.x:
            for tick in self.down.ticks(_n_ticks(picture.height)):
                row = self.cells(np.array([self.across.low]), np.array([tick.value]))[0][1]
                picture.text(self.x - 1 - len(tick.label), row, tick.label, LABEL)
        if self.height == picture.height:
            return
        for tick in self.across.ticks(max(2, self.width // 12)):
            column = self.cells(np.array([tick.value]), np.array([self.down.low]))[0][0]
            start = min(max(self.x, column - len(tick.label) // 2), picture.width - len(tick.label))
            if picture.is_free(start - 1, self.height, len(tick.label) + 1) or start == 0:
                picture.text(start, self.height, tick.label, LABEL)


def _rounded(value: float, axis: Axis, n_cells: int) -> float:
    """Round a value to digits that differ from cell to cell."""
    cell = (axis.high - axis.low) / n_cells
    return round(value, 1 - floor(log10(cell))) if isfinite(cell) and cell > 0 else value


def _n_ticks(height: int) -> int:
    return max(2, height // 3)
