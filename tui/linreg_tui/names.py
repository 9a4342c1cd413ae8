"""Strangers' names in columns of cells: a Chinese character takes two cells, a combining accent none."""

from rich.cells import cell_len, set_cell_size

from linreg.safe import safe


def flush_left(text: str, width: int) -> str:
    """Make a text safe and exactly `width` cells wide, cut with … where it is longer."""
    return _cut(safe(text), width, left=True)


def flush_right(text: str, width: int) -> str:
    """Make a text safe and exactly `width` cells wide, its end in the last cell."""
    return _cut(safe(text), width, left=False)


def _cut(text: str, width: int, *, left: bool) -> str:
    missing = width - cell_len(text)
    if missing < 0:
        text = set_cell_size(text, width - 1).rstrip() + "…"
        missing = width - cell_len(text)
    return text + " " * missing if left else " " * missing + text
