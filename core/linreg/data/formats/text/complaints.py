"""What the first lines of a text show of how it is written, where it is not read as it should be: one sentence.

It is looked at only where something is wrong: the header has one cell, or another number than the line below it. For
each separator there could be, the lines are cut and counted. Nothing is read by it: the sentence names the options that
do.
"""

import csv
from collections import deque
from collections.abc import Sequence

from linreg.data.cells import has_decimal_comma, kind_of
from linreg.data.formats.text.grammar import Grammar
from linreg.data.formats.text.layout import BY_LIKELIHOOD, Layout, Line, layout_of, looks_like_data
from linreg.dialect import BLANK, TextDialect, can_separate, separator_option
from linreg.errors import LinregError
from linreg.text import shortened

COMMENTS = ("#", "%", "//")
_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", BLANK: "blanks"}
_NO_ODD_ONES = frozenset("%$€£¥#()[]{}<>=\\`´‘’“”«»°")
"""Signs that stand beside numbers and words oftener than between columns."""


def complaint(file: str, lines: Sequence[str], grammar: Grammar, first_line: int) -> LinregError | None:
    """Say how the text is written, and which options read it; None where that does not show.

    Parameters
    ----------
    lines
        The first ones, but for those that are skipped; the first of them has the number `first_line`.
    grammar
        How they were going to be read.
    """
    if told := _separator_line(file, lines, grammar, first_line):
        return told
    dialect = grammar.dialect
    layouts = {each: layout_of(lines, Grammar(each, dialect), first_line) for each in BY_LIKELIHOOD}
    own = layouts.get(grammar.separator) or layout_of(lines, grammar, first_line)
    others = [each for each in layouts.values() if each is not own and _is_meant(each, grammar, lines)]
    if own.is_a_table and len(own.lines[0].cells) == own.n_cells:
        others = [each for each in others if each.start == 0 and each.n_known(dialect) > own.n_known(dialect)]
        if own.start or not others or own.separator not in ",\t":
            return None
        return _by_another(file, others[0], own, grammar)
    is_table = own.is_a_table or (own.n_cells > 1 and len(own.lines) == 2)
    if is_table and own.separator == "\t":  # which a blank is, too
        others = [each for each in others if each.separator != BLANK]
    candidates = [*([own] if is_table else []), *others]
    found = min(candidates, key=lambda each: (each.start > 0, each.separator == BLANK, each.start), default=None)
    if found is None:
        found = _by_an_odd_one(lines, grammar, first_line)
    if found is None:
        return None
    if found is own:
        return _above_the_table(file, own, grammar) if _is_whole(lines, grammar) else None
    return _by_another(file, found, own, grammar)


def _is_whole(lines: Sequence[str], grammar: Grammar) -> bool:
    """Whether quotes pair up in the lines, as far as they go."""
    try:
        deque(grammar.rows(lines), maxlen=0)
    except csv.Error:
        return False
    return True


def _by_another(file: str, found: Layout, own: Layout, grammar: Grammar) -> LinregError:
    """Say that another separator cuts the lines, and what else it takes to read them."""
    what = f"the columns are separated by {_name(found.separator)}, not by {_name(grammar.separator)}"
    options = [separator_option(found.separator)]
    header, rows, dialect = found.body[0], [line.cells for line in found.body[1:]], grammar.dialect
    is_data = dialect.header is None and looks_like_data(header.cells, rows, dialect)
    if found.start and _lines_above(found, dialect):
        options.append(f"--skip-lines {header.number - 1}" + " --no-header" * is_data)
        what += f", and the table begins in line {header.number}"
    if (
        found.separator != ","
        and dialect.decimal == "."
        and any(has_decimal_comma(cell) for row in rows for cell in row)
    ):
        options.append("--decimal ,")
    also = f", with --no-header too if line {header.number} holds no names" if is_data and not found.start else ""
    return LinregError(f"{file}, line {own.lines[0].number}: {what}: {' '.join(options)} reads them{also}.")


def _by_an_odd_one(lines: Sequence[str], grammar: Grammar, first_line: int) -> Layout | None:
    """Cut the lines by a sign of the first one that nobody thinks of."""
    first = lines[0].strip() if len(lines) > 1 else ""
    signs = [sign for sign in dict.fromkeys(first) if can_separate(sign) and sign not in _NO_ODD_ONES]
    layouts = [layout_of(lines, Grammar(sign, grammar.dialect), first_line) for sign in signs]
    return next((each for each in layouts if each.start == 0 and _is_meant(each, grammar, lines)), None)


def _is_meant(layout: Layout, grammar: Grammar, lines: Sequence[str]) -> bool:
    """Whether another separator makes a table of the lines, and not of their words."""
    if not layout.is_a_table:
        return False
    numbers = any(kind_of(cell, grammar.dialect) == "number" for line in layout.body for cell in line.cells)
    return numbers or (layout.start == 0 and (len(lines) == 1 or layout.separator in ";\t|,"))


def title_above(file: str, layout: Layout, dialect: TextDialect) -> LinregError | None:
    """Say that the first line is a title that was filled up with separators, if a later one names every column."""
    first, *others = layout.lines
    is_alone = sum(bool(cell.strip()) for cell in first.cells) == 1 and len(first.cells) > 2
    if not is_alone and not (first.cells[0].lstrip().startswith(COMMENTS) and len(others) > 1):
        return None
    for line in others[: 9 if is_alone else 1]:
        if all(cell.strip() and kind_of(cell, dialect) is None for cell in line.cells):
            return _says_title(file, first, line, dialect)
    return None


def second_header(file: str, layout: Layout, dialect: TextDialect) -> LinregError | None:
    """Say that the second line holds units, types or more names, where the columns hold numbers below it."""
    if len(layout.lines) < 3 or layout.start or any(kind_of(cell, dialect) for cell in layout.lines[1].cells if cell):
        return None
    _, second, *rows = layout.lines
    named = [index for index, cell in enumerate(second.cells) if cell.strip()]
    kinds = [{kind_of(line.cells[index], dialect) for line in rows} for index in named]
    n_numbers = sum("number" in each and None not in each for each in kinds)
    if 2 * len(named) < layout.n_cells or 2 * n_numbers < len(named):
        return None
    shown = shortened(" ".join(cell.strip() for cell in second.cells if cell.strip()))
    names = f"--skip-lines {second.number - 1} takes it for the names, " * (len(set(second.cells)) == layout.n_cells)
    return LinregError(
        f"{file}, line {second.number}: {shown!r} are no numbers, as those below them are, but units or names: "
        f"{names}--skip-lines {second.number} --no-header reads the rows below it, or remove the line."
    )


def _separator_line(file: str, lines: Sequence[str], grammar: Grammar, first_line: int) -> LinregError | None:
    """Recognise ``sep=;``, which some spreadsheets write and read."""
    start = lines[0].strip().strip('",;\t').lower() if lines else ""
    if not start.startswith("sep="):
        return None
    given = lines[0].strip(' "\r\n')[4:].replace("\\t", "\t")[:1]
    options = f"--skip-lines {first_line}"
    if len(given) == 1 and given != grammar.separator:
        options = f"{separator_option(given)} {options}"
    return LinregError(
        f"{file}, line {first_line}: this line, {shortened(lines[0].strip())!r}, is for spreadsheets: "
        f"{options} reads what follows."
    )


def _above_the_table(file: str, layout: Layout, grammar: Grammar) -> LinregError | None:
    """Say what stands above the lines that agree: a title, comments, or a header that lacks a name."""
    header, dialect = layout.lines[0], grammar.dialect
    if _lines_above(layout, dialect):
        return _says_title(file, header, layout.body[0], dialect)
    n_names, n_cells, row = len(header.cells), layout.n_cells, layout.body[0]
    if layout.start != 1 or dialect.header is False or n_cells == n_names:
        return None
    start = f"{file}, line {row.number}: {n_cells} cells where the header has {n_names}"
    below, sign = f"--skip-lines {header.number} --no-header", _name(grammar.separator)[:-1]
    if n_cells < n_names:
        ends = not any(cell.strip() for cell in header.cells[n_cells:])
        what = f"the header ends in a {sign} and the rows do not: take it away"
        what = what if ends else "the header has names that no column is there for: take them away"
        return LinregError(f"{start}; {what}, or {below} reads the rows.")
    if not any(cell.strip() for line in layout.body for cell in line.cells[n_names:]):
        out = " ".join(f"--exclude c{count + 1}" for count in range(n_names, n_cells))
        what = f"the rows end in a {sign} and the header does not: take it away"
        return LinregError(f"{start}; {what}, or {below} {out} reads the rest.")
    if n_cells > n_names + 1:
        return None
    what = "the header is one name short: name the first column too, if rows start with their number or name"
    cut = ""
    if grammar.separator == "," and all(kind_of(cell, dialect) == "number" for cell in row.cells):
        cut = "; or a comma cuts a number in two: write decimals with a point, thousands with nothing"
    return LinregError(f"{start}; {what}, or {below} --exclude c1 leaves it out{cut}.")


def _lines_above(layout: Layout, dialect: TextDialect) -> int:
    """Return how many lines stand above the header; 0 where the line above the rows is one itself."""
    if layout.start == 0 or layout.start > len(layout.lines) - 2:
        return 0
    first, names = layout.lines[layout.start - 1], layout.body[0]
    is_short_header = layout.start == 1 and len(first.cells) == layout.n_cells - 1 and len(first.cells) > 1
    named = all(kind_of(cell, dialect) is None for cell in names.cells)
    if not named and (is_short_header or (dialect.header is not False and layout.start == 1 and _is_header(first))):
        return 0
    return layout.start


def _is_header(line: Line) -> bool:
    return not line.cells[0].lstrip().startswith(COMMENTS) and " " not in line.cells[0].strip()


def _says_title(file: str, first: Line, names: Line, dialect: TextDialect) -> LinregError:
    shown = shortened(" ".join(cell.strip() for cell in first.cells if cell.strip()))
    kind = "a comment" if shown.startswith(COMMENTS) else "a title or a comment"
    has_names = dialect.header is not False and all(kind_of(cell, dialect) is None for cell in names.cells)
    below = "the header, with the columns' names, is" if has_names else "the table begins in"
    option = f"--skip-lines {names.number - 1}" + " --no-header" * (not has_names and dialect.header is None)
    return LinregError(
        f"{file}, line {first.number}: {shown!r} is {kind}, and {below} line {names.number}: "
        f"{option} reads from there on."
    )


def _name(separator: str) -> str:
    of_a_kind = f"{separator!r}s" if separator.isprintable() else f"U+{ord(separator):04X} characters"
    return _WORDS.get(separator, of_a_kind)
