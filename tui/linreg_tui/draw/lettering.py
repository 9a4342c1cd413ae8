"""Letters beside the ends of curves: each has a place of its own, as near as there is one."""

from linreg_tui.draw.picture import Picture

MARGIN = 4
"""Cells that a picture leaves free at its right, for the letters of curves that end there."""
_AROUND = tuple(
    sorted(
        ((across, down) for down in range(-3, 4) for across in range(-2, MARGIN + 1) if (across, down) != (0, 0)),
        key=lambda step: (abs(step[1]) * 2 + (step[0] if step[0] > 0 else 1.5 - step[0]), -step[1]),
    )
)
"""Steps from the end of a curve to where its letter may stand, the best first: to the right, then around."""


class Lettering:
    """The letters of one picture, on its first `height` lines; later ones take the room that is left."""

    def __init__(self, picture: Picture, height: int) -> None:
        self._picture, self._height = picture, height
        self._taken: set[tuple[int, int]] = set()

    def put(self, x: int, y: int, letter: str, style: str) -> None:
        """Write a letter beside the cell (x, y); nowhere, if there is no room at all."""
        for across, down in _AROUND:
            place = x + across, y + down
            if place not in self._taken and 0 <= place[0] < self._picture.width and 0 <= place[1] < self._height:
                self._taken.add(place)
                self._picture.text(*place, letter, style)
                return
