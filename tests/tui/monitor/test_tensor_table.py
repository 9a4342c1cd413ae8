"""The table of a large model's tensors: what is amiss is said at every width, and nothing else is."""

from math import inf, nan

import pytest
from rich.cells import cell_len

from linreg.training.facts import TensorSummary
from linreg_tui.monitor.panels.tensor_table import TensorTable, amiss, tensor_layout

WELL = TensorSummary("model.0.weight", (128, 784), 6.5, 0.0, 0.02, 1e-3)
DEAD = TensorSummary("model.2.weight", (64, 128), 4.6, 0.0, 0.0, 0.0)
EXPLODES = TensorSummary("model.4.weight", (10, 64), 1.8e30, 0.0, 4e9, 0.7)


@pytest.mark.parametrize(
    ("summary", "word"),
    [
        (WELL, ""),
        (DEAD, "dead"),
        (EXPLODES, "explodes"),
        (TensorSummary("m.b", (10,), 0.1, 0.0, 1.0, 0.7), ""),
        (TensorSummary("m.w", (2, 2), inf, nan, 1.0, 0.0), "NaN/inf"),
        (TensorSummary("m.w", (2, 2), 1.0, 0.1, inf, 0.1), "NaN/inf"),
        (TensorSummary("m.w", (2, 2), 1.0, 0.1, nan, 0.0), "unused"),
        (TensorSummary("m.w", (2, 2), 1.0, 0.1, 1e-3, 1e-12), "stands"),
        (TensorSummary("m.w", (2, 2), nan, nan, nan, nan), ""),
    ],
)
def test_what_is_amiss_is_said_in_a_word(summary: TensorSummary, word: str) -> None:
    assert amiss(summary) == word


@pytest.mark.parametrize("width", [36, 40, 56, 76, 116])
def test_a_row_fits_its_table_and_the_word_is_always_there(width: int) -> None:
    table = TensorTable((WELL, DEAD, EXPLODES))
    layout = tensor_layout(width, table.longest_name)
    for index, word in enumerate(("", "dead", "explodes")):
        name, first, others, last = table.row(index, layout)
        line = name + first + "".join(others) + " " * layout.gap + last
        assert cell_len(line) <= width
        assert last.strip() == word
        assert line.startswith(f"{2 * index}.weight")
    heading = table.heading(layout)
    assert cell_len("".join((heading[0], heading[1], *heading[2]))) == cell_len("".join((name, first, *others)))


def test_shapes_are_shown_where_there_is_room_and_what_all_names_share_is_not() -> None:
    table = TensorTable((WELL, DEAD, EXPLODES))
    assert table.row(0, tensor_layout(116, table.longest_name))[0] == "0.weight  128×784"
    assert table.row(0, tensor_layout(116, table.longest_name), plain=True)[0] == "0.weight  128x784"
    assert TensorTable((WELL, TensorSummary("scale", (), 1.0, 1.0, 1.0, 0.1))).names == ("model.0.weight", "scale")
    assert table.note == "109,184 numbers, 2 amiss"
    assert table.matching("4.W") == [2]
