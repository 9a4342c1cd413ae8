"""A terminal emulator that is not ours, and what the eye sees on it."""

import pyte


class Emulator:
    """A terminal emulator, and what is seen on it."""

    def __init__(self, width: int, height: int) -> None:
        self._screen = pyte.Screen(width, height)
        self._screen.reset_mode(pyte.modes.DECAWM)
        self._stream = pyte.Stream(self._screen)

    @property
    def text(self) -> str:
        """What can be read on it."""
        return "\n".join(self._screen.display)

    def resize(self, width: int, height: int) -> None:
        """Take another size, and lose what was seen."""
        self._screen.resize(height, width)
        self._screen.reset()

    def feed(self, text: str) -> None:
        self._stream.feed(text)

    def seen(self) -> list[list[tuple[object, ...]]]:
        """Every cell as the eye has it: the colour of an empty one's ink is not seen."""
        rows = []
        for y in range(self._screen.lines):
            cells: list[tuple[object, ...]] = []
            for x in range(self._screen.columns):
                cell = self._screen.buffer[y][x]
                if cell.data == " " and not (cell.underscore or cell.strikethrough or cell.reverse):
                    cells.append((" ", cell.bg))
                elif cell.data != "":  # the second half of a wide character is not drawn
                    cells.append(tuple(cell))
            rows.append(cells)
        return rows
