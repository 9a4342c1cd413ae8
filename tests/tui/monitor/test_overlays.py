"""Earlier runs laid over the cost: drawn where their costs are, and only named where those are not comparable."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linreg.data import bundled
from linreg.data.fingerprint import fingerprint_of, rooted
from linreg.store.store import RunStore
from linreg_tui.draw.curves import style_of
from linreg_tui.draw.picture import LINE, Picture
from linreg_tui.monitor.panels.cost_chart import CostPanel
from linreg_tui.monitor.panels.cost_drawing import EpochAxis
from linreg_tui.runs.overlay import Overlay
from linreg_tui.runs.stored_runs import StoredRuns
from tui.canned import view_of
from tui.monitor.test_screen import monitor, watching
from tui.stored import write

WIDTH, HEIGHT = 70, 20
COSTS = 5.0 * 0.99 ** np.arange(1000)


def earlier(home: Path, costs: np.ndarray = COSTS, name: str = "earlier", **choices: Any) -> Overlay:
    """A run of the first exercise with these costs."""
    recipe = rooted(bundled.find("exercise1")).changed(**choices).as_dict()
    with RunStore(home) as store:
        run = write(store, name, costs.tolist(), **recipe)
    return Overlay.of(StoredRuns(home), run)


def drawn(*overlays: Overlay, n_epochs: int = 1000, **choices: Any) -> tuple[Picture, CostPanel]:
    chart, picture = CostPanel(), Picture(WIDTH, HEIGHT)
    chart.overlays.lay(overlays)
    for name in ("axis", "epochs_by"):
        setattr(chart, name, choices.pop(name, getattr(chart, name)))
    chart.draw(view_of(n_epochs=n_epochs, epochs=1000, **choices), picture)
    return picture, chart


def cells_of(picture: Picture, style: str) -> set[tuple[int, int]]:
    cells = set()
    for y in range(picture.height):
        x = 0
        for text, name in picture.pieces(y):
            cells |= {(x + at, y) for at, sign in enumerate(text) if name == style and "⠀" < sign <= "⣿"}
            x += len(text)
    return cells


@pytest.mark.parametrize("by", ["linear", "log"])
def test_an_earlier_run_is_drawn_where_its_costs_are_beside_the_runs_own(tmp_path: Path, by: EpochAxis) -> None:
    picture, chart = drawn(earlier(tmp_path), epochs_by=by)
    curve, cells = chart._curve, cells_of(picture, style_of(1))
    assert curve is not None
    where = [(curve.column(epoch), curve.row(5 * 0.99**epoch)) for epoch in np.linspace(0, 30, 500)]
    where += [(curve.column(epoch), curve.row(COSTS[epoch])) for epoch in range(1000)]
    assert cells <= {(x, y + step) for x, y in where for step in (-1, 0, 1)}
    assert len({x for x, _ in cells}) > 0.4 * len({x for x, _ in where})
    assert cells_of(picture, LINE)
    assert any("a earlier" in line for line in picture.lines)


def test_of_a_run_that_went_wild_only_what_is_near_is_drawn(tmp_path: Path) -> None:
    alone, _ = drawn()
    picture, chart = drawn(earlier(tmp_path, 10.0 ** np.arange(300)))
    assert chart._curve is not None
    assert chart._curve.axis.high <= 1e4
    assert len({y for _, y in cells_of(picture, LINE)}) >= 4
    assert cells_of(alone, style_of(1)) == set()


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"criterion": "L1Loss"}, "L1Loss, another cost"),
        ({"reduction": "sum"}, "the sum over all rows, another cost"),
        ({"data": "/data/other.csv"}, "other data"),
        ({"drop_missing": True}, "other data"),
        ({"features": ("y",), "target": "x"}, "other columns"),
    ],
)
def test_what_cannot_be_compared_is_named_with_the_reason(tmp_path: Path, choices: Any, words: str) -> None:
    picture, _ = drawn(earlier(tmp_path, **choices))
    assert any(f"a earlier: {words}" in line for line in picture.lines)
    assert not cells_of(picture, style_of(1))


def test_files_that_have_changed_since_are_other_data(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("x,y\n1,2\n")
    with RunStore(tmp_path) as store:
        run = write(store, "earlier", [1.0, 0.5], data=str(path))
    run = replace(run, data=fingerprint_of(str(path)))
    stored = StoredRuns(tmp_path)
    assert Overlay.of(stored, run).why_not(run.recipe, is_script=False) == ""
    path.write_text("x,y\n1,3\n")
    assert Overlay.of(stored, run).why_not(run.recipe, is_script=False) == "its data have changed since"


def test_a_scripts_cost_is_compared_with_that_of_the_same_script_alone(tmp_path: Path) -> None:
    one = earlier(tmp_path)
    script = Overlay(replace(one.run, script="train.py"), one.costs)
    recipe = one.run.recipe
    assert one.why_not(recipe, is_script=True) == script.why_not(recipe, is_script=False) == "another program's cost"
    assert script.why_not(recipe, is_script=True) == ""


def test_on_an_axis_of_seconds_it_is_named_only(tmp_path: Path) -> None:
    picture, _ = drawn(earlier(tmp_path), epochs_by="seconds")
    assert any("a earlier: drawn by epoch only: x" in line for line in picture.lines)


def test_above_least_squares_it_is_drawn_above_the_same(tmp_path: Path) -> None:
    view = view_of(n_epochs=1000, epochs=1000)
    assert view.floor is not None
    picture, chart = drawn(earlier(tmp_path, COSTS + view.floor), axis="excess")
    assert chart._curve is not None
    expected = {(chart._curve.column(epoch), chart._curve.row(COSTS[epoch])) for epoch in range(1000)}
    cells = cells_of(picture, style_of(1))
    assert cells
    assert cells <= {(x, y + step) for x, y in expected for step in (-1, 0, 1)}


def test_of_many_the_first_are_named_and_the_others_counted(tmp_path: Path) -> None:
    picture, _ = drawn(*(earlier(tmp_path, name=f"run {number}") for number in range(6)))
    text = "\n".join(picture.lines)
    assert "c run 2" in text
    assert "and 3 more" in text
    assert "run 3" not in text


async def test_the_runs_are_told_whose_cost_they_are_laid_over() -> None:
    async with watching() as (pilot, _, app):
        await pilot.press("h")
        assert app.screen._over is monitor(app).query_one(CostPanel).overlays  # type: ignore[attr-defined]
