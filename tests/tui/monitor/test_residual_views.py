"""Panel 2 turned: at least squares its numbers are those of ``linreg diagnose``, and every view fits anywhere."""

from dataclasses import replace
from typing import Any

import pytest

import linreg
from linreg_tui.draw.picture import Picture
from linreg_tui.monitor.fit.residuals import VIEWS, Residuals, leverage_of, residuals_of
from linreg_tui.monitor.panels.fit_plot import FitPanel
from linreg_tui.monitor.view import View
from tui.canned import view_of


def found_at(view: View) -> Residuals:
    facts = view.facts
    w, b = facts.in_original_units(view.state.parameters)
    found = residuals_of(facts, facts.sample_X @ w + (0.0 if b is None else b), leverage_of(facts))
    assert isinstance(found, Residuals)
    return found


@pytest.mark.parametrize(("data", "n_epochs"), [("houses", 301), ("outlier", 1001)])
def test_at_least_squares_they_are_the_numbers_of_diagnose(data: str, n_epochs: int) -> None:
    found, made = found_at(view_of(data, n_epochs)), linreg.diagnose(data)
    assert found.residual == pytest.approx(made.rows.residual, abs=1e-3)
    assert found.standardized == pytest.approx(made.rows.standardized, abs=1e-4)
    assert found.leverage == pytest.approx(made.rows.leverage, rel=1e-9)


@pytest.mark.parametrize("choices", [{}, {"reduction": "sum", "learning_rate": "auto"}, {"bias": False}])
def test_of_a_sample_the_leverage_follows_from_the_curvature(choices: dict[str, Any]) -> None:
    facts = view_of("houses", 0, **choices).facts
    some = replace(facts, sample_X=facts.sample_X[5:25], sample_y=facts.sample_y[5:25])
    expected = leverage_of(facts)
    assert expected is not None
    assert leverage_of(some) == pytest.approx(expected[5:25], rel=1e-9)
    assert leverage_of(replace(some, quadratic=None)) is None


@pytest.mark.parametrize("place", range(1, 5))
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("run", [("houses", 30, {}), ("outlier", 5, {"criterion": "L1Loss"}), ("crowd", 3, {})])
def test_every_view_can_be_drawn_at_any_size(place: int, plain: bool, run: tuple[str, int, dict[str, Any]]) -> None:
    data, n_epochs, choices = run
    view, panel = view_of(data, n_epochs, **choices), FitPanel()
    panel.place = place
    for width, height in ((1, 1), (4, 3), (20, 5), (56, 12), (120, 30)):
        picture = Picture(width, height, plain=plain)
        said = panel.draw(view, picture)
        assert all(len(line) <= width for line in picture.lines)
    assert "residual" in said
    assert ("of 2,000 rows" in said) == (view.facts.n_samples > len(view.facts.sample_y))


def test_the_row_that_stands_out_is_named_in_each() -> None:
    panel = FitPanel()
    for panel.place in range(1, 5):
        picture = Picture(60, 14)
        said = panel.draw(view_of("outlier", 300), picture)
        assert any("20" in line for line in picture.lines[:-1]), said  # the slipped point
    assert "Cook 0.5" in said


def test_turning_goes_through_all_views_and_back_to_the_fit() -> None:
    panel, titles = FitPanel(), list[str]()
    panel.call_it = titles.append  # type: ignore[assignment,method-assign]
    for _ in range(len(VIEWS) + 1):
        panel.draw(view_of("houses", 30), Picture(40, 10))
        panel.place = (panel.place + 1) % (1 + len(VIEWS))
    assert [title for title in titles if title != "fit"] == list(VIEWS)
    panel.place = 0
    assert "predicted over actual" in panel.draw(view_of("houses", 30), Picture(40, 10))


@pytest.mark.parametrize(
    ("choices", "words"),
    [({}, "There are no more rows than parameters"), ({"weights": "w"}, "The rows count differently")],
)
def test_residuals_that_say_nothing_are_not_drawn(choices: dict[str, Any], words: str) -> None:
    view = view_of("outlier", 5)
    facts = replace(view.facts, recipe=view.facts.recipe.changed(**choices))
    if not choices:
        facts = replace(facts, sample_X=facts.sample_X[:2], sample_y=facts.sample_y[:2], n_samples=2)
    panel, picture = FitPanel(), Picture(100, 8)
    panel.place = 1
    assert panel.draw(replace(view, facts=facts), picture) == ""
    assert words in " ".join(line.strip() for line in picture.lines)
