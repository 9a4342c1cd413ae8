"""Strangers' names in columns of cells: a Chinese character takes two cells, a combining accent none."""

from rich.cells import cell_len, set_cell_size

from linreg.text import safe


def flush_left(text: str, width: int) -> str:
    """Make a text safe and exactly `width` cells wide, with … in its middle where it is longer."""
    return _cut(safe(text), width, left=True)


def flush_right(text: str, width: int) -> str:
    """Make a text safe and exactly `width` cells wide, its end in the last cell."""
    return _cut(safe(text), width, left=False)


def _cut(text: str, width: int, *, left: bool) -> str:
    """Fill a text up, or leave out its middle: what tells names apart is often at the end."""
    if cell_len(text) > width and width < 2:
        return "…"[: max(0, width)]
    if cell_len(text) > width:
        tail = text[len(text) - (width - 1) // 2 :]
        while cell_len(tail) > (width - 1) // 2:
            tail = tail[1:]
        text = set_cell_size(text, width - 1 - cell_len(tail)).rstrip() + "…" + tail
    blanks = " " * (width - cell_len(text))
    return text + blanks if left else blanks + text
