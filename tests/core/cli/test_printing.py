"""What is shown: whole numbers in narrow tables, columns that line up."""

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path
from time import thread_time

import numpy as np
import pytest
from rich.cells import cell_len

import linreg
from linreg.cli.printing.epochs import PRINTERS
from linreg.cli.printing.narration import summary
from linreg.cli.printing.tables import print_numbers, print_table

HEADER = ["epoch", *(f"feature_{index}" for index in range(200)), "b", "cost"]
ROW = ["1,000,000", *(f"{-index - 0.5:g}e-05" for index in range(200)), "-1.38778e-16", "3.90696e-30"]


class Terminal(StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def _on_terminal(monkeypatch: pytest.MonkeyPatch, width: int, n_features: int, n_last: int = 2) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm-256color")
    keep = [*range(1 + n_features), *range(len(HEADER) - n_last, len(HEADER))]
    out = Terminal()
    print_numbers(out, [HEADER[i] for i in keep], [[ROW[i] for i in keep]] * 3, n_last)
    return re.sub(r"\x1b\[[\d;]*m", "", out.getvalue()).splitlines()


@pytest.mark.parametrize("n_features", [32, 33, 1500])
def test_a_thousand_weights_do_not_fill_a_terminal_and_a_file_has_them_all(n_features: int) -> None:
    X = np.random.default_rng(0).normal(size=(20, n_features))
    trainer = linreg.train(X, X[:, 0], epochs=1)
    trace, shown = trainer.advance(1), []
    for out in (StringIO(), Terminal()):
        PRINTERS["text"](trainer, out, quiet=False).epochs(trace)
        shown.append(re.search(r"w:\[(.*?)( … ([\d,]+) more)?\] b:", out.getvalue()))
    file, terminal = shown
    assert file is not None
    assert terminal is not None
    assert len(file[1].split()) == n_features
    assert file[2] is None
    assert terminal[1].split() == file[1].split()[:32]
    assert terminal[3] == (None if n_features == 32 else f"{n_features - 32:,}")


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("n_features", [8, 200])
def test_a_narrow_terminal_gets_whole_numbers_and_a_count_of_the_columns_left_out(
    monkeypatch: pytest.MonkeyPatch, width: int, n_features: int
) -> None:
    names, rule, *rows, note = _on_terminal(monkeypatch, width, n_features)
    assert max(map(len, [names, rule, *rows, note])) <= width
    cells = rows[0].split()
    n_shown = len(cells) - 4
    if width == 200 and n_features == 8:
        assert names.split() == [*HEADER[:9], "b", "cost"]
        assert "…" not in "".join(rows) + note
        return
    assert names.split() == [*HEADER[: 1 + n_shown], "…", "b", "cost"]
    assert cells == [*ROW[: 1 + n_shown], "…", *ROW[-2:]]
    assert note == f"… {n_features - n_shown} columns: --format csv has them all"
    assert width <= 40 or n_shown > 0


def test_as_many_features_as_fit_are_shown_and_all_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = next(w for w in range(40, 400) if "…" not in "".join(_on_terminal(monkeypatch, w, n_features=5)))
    assert len(_on_terminal(monkeypatch, needed, n_features=5)[1]) == needed
    assert "… 1 columns" not in _on_terminal(monkeypatch, needed, n_features=5)[-1]
    narrower = _on_terminal(monkeypatch, needed - 1, n_features=5)
    assert "feature_3" in narrower[0]
    assert "feature_4" not in narrower[0]


def test_a_table_without_a_bias_keeps_only_the_cost_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    names, _, row, *_ = _on_terminal(monkeypatch, 60, n_features=20, n_last=1)
    assert names.split()[-2:] == ["…", "cost"]
    assert row.split()[-1] == ROW[-1]


def test_numbers_stay_whole_even_where_not_even_the_outer_columns_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    row = _on_terminal(monkeypatch, 20, n_features=8)[2]
    assert row.split() == [ROW[0], "…", *ROW[-2:]]


def test_twenty_thousand_rows_are_a_table_in_half_a_second() -> None:
    generator = np.random.default_rng(1)
    rows = [[f"{epoch:,}", *map("{:.6g}".format, generator.normal(size=3))] for epoch in range(20_000)]
    out, started = StringIO(), thread_time()
    print_numbers(out, ["epoch", "x", "b", "cost"], rows, n_last=2)
    assert thread_time() - started < 0.5
    names, rule, *lines = out.getvalue().splitlines()
    assert names.split() == ["epoch", "x", "b", "cost"]
    assert set(rule) == {"─"}
    assert {len(names), len(rule), *map(len, lines)} == {len(rule)}  # flush right: all end in one column
    assert [line.split() for line in lines] == rows


def test_a_file_gets_all_columns_in_one_line() -> None:
    out = StringIO()
    print_numbers(out, HEADER, [ROW], n_last=2)
    names, _, row = out.getvalue().splitlines()
    assert names.split() == HEADER
    assert row.split() == ROW


def test_wide_characters_line_up_in_a_table() -> None:
    out = StringIO()
    print_table(out, ["收入", "🏠", "n"], [["a", "b", "1"], ["收入收入", "🏠🏠", "22"]], numeric=(2,))
    assert {cell_len(line) for line in out.getvalue().splitlines()} == {len("    ") * 2 + 3 + 4 + 3 + 2}


@pytest.mark.parametrize("width", [40, 80])
def test_a_table_of_texts_folds_its_cells_and_cuts_none(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm-256color")
    out = Terminal()
    print_table(out, ["name", "n", "about"], [["a_long_name" * 9, "1,234,567", "[bold]words " * 20]], numeric=(1,))
    shown = out.getvalue()
    assert "…" not in shown
    assert "".join(shown.split()).count("[bold]") + shown.count("words") > 20
    assert sum(map(shown.count, "0123456789")) >= len("1234567")


def test_wide_labels_line_up_in_the_summary(tmp_path: Path) -> None:
    x = np.arange(6.0)
    path = tmp_path / "wide.csv"
    lines = [f"{a},{a * a},{1 + 2 * a}" for a in x]
    path.write_text("\n".join(["收入收入,🏠 price,y", *lines]), encoding="utf-8")
    trainer = linreg.train(str(path), standardize=True, epochs=20)
    for _ in trainer:
        pass
    table = [line for line in summary(trainer, trainer.result()) if line.startswith("  ")][1:]
    points = {cell_len(line[: line.index(".")]) for line in table if "." in line[:24]}
    assert len(table) == 4
    assert len(points) == 1


@pytest.mark.parametrize("format_", ["text", "csv", "json", "table"])
def test_a_printer_says_beforehand_whether_it_will_write(format_: str) -> None:
    trainer, out = linreg.train("exercise1", epochs=99, every=10), StringIO()
    printer = PRINTERS[format_](trainer, out, False)
    printer.start()
    for n_epochs in (1, 3, 6, 1, 9, 11, 5, 30):
        before, trace = out.getvalue(), trainer.advance(n_epochs)
        expected = printer.writes(trace)
        printer.epochs(trace)
        assert expected == (out.getvalue() != before)


@pytest.mark.parametrize(("cost", "to_go", "r2"), [(np.inf, "-inf", None), (4e306, "-4e+306", "-2.4e+307")])
def test_what_is_said_of_a_run_that_diverged_stays_short_and_true(cost: float, to_go: str, r2: str | None) -> None:
    trainer = linreg.train([[0.0], [1.0], [1.0]], [0.0, 1.0, 2.0], epochs=1)
    result = replace(trainer.result(), cost=cost, r2=None if r2 is None else float(r2))
    lines = list(summary(trainer, result))
    assert max(map(len, lines)) < 120
    assert next(line for line in lines if line.startswith("  cost")).split()[-1] == to_go
    assert r2 is None or f"R² {r2}" in "\n".join(lines)
