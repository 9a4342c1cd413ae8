"""Tables on standard output: for a terminal, of which no cell is wider, and for a file, which has no edge."""

from collections.abc import Container, Iterator, Sequence
from typing import Any, TextIO

from linreg.text import safe

GAP = 3
"""Blanks between two columns of a table, where there is room for them."""


def print_table(out: TextIO, header: list[str], rows: list[list[str]], numeric: Container[int]) -> None:
    """Print a table, the columns in `numeric` flush right; strangers' names are made safe, and never read as markup.

    On a terminal, cells that are too wide are folded, never cut; a file has no edge to fold at.
    """
    columns = [[safe(cell) for cell in column] for column in zip(header, *rows, strict=True)]
    if not out.isatty():
        out.writelines(line + "\n" for line in _table_lines(columns, numeric))
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for index, (name, *_) in enumerate(columns):
        justify: Any = "right" if index in numeric else "left"
        table.add_column(Text(name), justify=justify, overflow="fold")
    for row in list(zip(*columns, strict=True))[1:]:
        table.add_row(*map(Text, row))
    Console(file=out, highlight=False).print(table)


def print_numbers(out: TextIO, header: list[str], rows: list[list[str]], n_last: int) -> None:
    """Print a table of numbers, none of which is ever shortened.

    On a terminal that is too narrow for all columns, the first, the last `n_last` and as many between as fit are shown,
    then one … for the others and a line that says how many they are.
    """
    columns = [[safe(name), *cells] for name, *cells in zip(header, *rows, strict=True)]
    if not out.isatty():
        out.writelines(line + "\n" for line in _table_lines(columns, range(len(columns))))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False)
    n_first, gap = _columns_that_fit([max(map(cell_width, column)) for column in columns], n_last, console.width)
    n_left_out = len(columns) - n_first - n_last if n_first < len(columns) else 0
    if n_left_out:
        columns = [*columns[:n_first], ["…"] * (len(rows) + 1), *columns[len(columns) - n_last :]]
    names, *lines = _table_lines(columns, range(len(columns)), gap)
    console.print(Text(names, style="bold"), soft_wrap=True)
    out.writelines(line + "\n" for line in lines)
    if n_left_out:
        out.write(f"… {n_left_out:,} columns: --format csv has them all\n")


def print_fitting(
    out: TextIO, header: list[str], rows: list[list[str]], numeric: Container[str], dispensable: Sequence[str]
) -> None:
    """Print a table whose cells are never folded or shortened, the columns named in `numeric` flush right.

    On a terminal that is too narrow, columns are left out in the order of `dispensable`, and a line names them.
    """
    columns = [[safe(cell) for cell in column] for column in zip(header, *rows, strict=True)]
    left_out: list[str] = []
    if out.isatty():
        from rich.console import Console

        room, waiting = Console(file=out).width, [name for name in dispensable if name in header]
        while waiting and sum(max(map(cell_width, column)) + GAP - 1 for column in columns) - (GAP - 1) > room:
            left_out.append(waiting.pop(0))
            columns = [column for column in columns if column[0] != left_out[-1]]
    flush_right = [index for index, column in enumerate(columns) if column[0] in numeric]
    out.writelines(line + "\n" for line in _table_lines(columns, flush_right, GAP - 1 if out.isatty() else GAP))
    if left_out:
        out.write(f"… {', '.join(left_out)}: --format csv has all columns\n")


def _columns_that_fit(widths: list[int], n_last: int, room: int) -> tuple[int, int]:
    """Choose how many columns to show from the left (all, or those before a …) and the gap between columns.

    The first column and the last `n_last` are shown whatever the room: a terminal would rather wrap them than lose one.
    """
    for gap in (GAP, GAP - 1):
        if sum(widths) + gap * (len(widths) - 1) <= room:
            return len(widths), gap
    if len(widths) <= 1 + n_last:
        return len(widths), 1
    always = [widths[0], 1, *widths[len(widths) - n_last :]]
    gap = GAP - 1 if sum(always) + (GAP - 1) * (len(always) - 1) <= room else 1
    left = room - sum(always) - gap * (len(always) - 1)
    n_first = 1
    while n_first < len(widths) - n_last - 1 and left >= widths[n_first] + gap:
        left -= widths[n_first] + gap
        n_first += 1
    return n_first, gap


def _table_lines(columns: list[list[str]], numeric: Container[int], gap: int = GAP) -> Iterator[str]:
    """Yield the lines of a table: the names, which come first in each column, a rule, the rows."""
    widths = [max(map(cell_width, column)) for column in columns]
    padded = [
        [padded_to(width, cell, flush_right=index in numeric) for cell in column]
        for index, (column, width) in enumerate(zip(columns, widths, strict=True))
    ]
    lines = ((" " * gap).join(cells).rstrip() for cells in zip(*padded, strict=True))
    yield next(lines)
    yield "─" * (sum(widths) + gap * (len(widths) - 1))
    yield from lines


def cell_width(text: str) -> int:
    """Return how many cells of a terminal a text takes: a Chinese character takes two, a combining accent none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def padded_to(width: int, text: str, *, flush_right: bool) -> str:
    """Fill a text up with blanks to so many cells."""
    blanks = " " * (width - cell_width(text))
    return blanks + text if flush_right else text + blanks
