"""The picture of a recorded run, read as a reader does: what is written in it, and where things lie by its own axes."""

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unicodedata import category
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from kept_runs import kept, kept_of, with_epochs
from linreg.export.figure import figure_of, write_figure
from linreg.export.picture import style
from linreg.live.state import Intervention
from linreg.store.recorded_run import RecordedRun

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
ACCENT = (0x25, 0x63, 0xEB)


def exponent_of(label: str) -> float:
    """Read the label of a log axis as a logarithm: the number itself may be beyond any float."""
    power = re.fullmatch(r"(?:(.+)×)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", label)
    if power is None:
        return float(np.log10(float(label.replace(",", ""))))
    return float(np.log10(float(power[1] or 1))) + int(power[2].translate(SUPERSCRIPTS))


def number_of(label: str) -> float:
    return float(label.replace(",", "").replace("−", "-"))


@dataclass
class Chart:
    """One chart of an SVG."""

    group: ElementTree.Element

    def texts(self) -> list[str]:
        return ["".join(text.itertext()) for text in self.group.iter(f"{SVG}text")]

    def names(self) -> set[str]:
        return {str(group.get("id")) for group in self.group.iter(f"{SVG}g")}

    def named(self, name: str) -> ElementTree.Element:
        return next(group for group in self.group.iter(f"{SVG}g") if group.get("id") == name)

    def ticks(self, side: str, *, log: bool = False) -> tuple[list[float], list[float]]:
        """Return the places of labels along a side, ``x`` or ``y``, and their values, or logarithms."""
        groups = [group for group in self.group.iter(f"{SVG}g") if str(group.get("id")).startswith(f"{side}tick")]
        labelled = [Chart(group) for group in groups if Chart(group).texts()]
        places = [float(str(next(tick.group.iter(f"{SVG}use")).get(side))) for tick in labelled]
        return places, [(exponent_of if log else number_of)(tick.texts()[0]) for tick in labelled]

    def line(self, name: str, *, log: bool = False) -> NDArray[Any]:
        """Return the corners of a line in the units of the axes, ``(n, 2)``; upwards as logarithms where `log`."""
        path = next(self.named(name).iter(f"{SVG}path"))
        numbers = re.findall(r"[ML] (\S+) (\S+)", str(path.get("d")))
        return self.measured(np.array(numbers, float), log=log)

    def dots(self, name: str, *, log: bool = False) -> NDArray[Any]:
        uses = list(self.named(name).iter(f"{SVG}use"))
        return self.measured(np.array([[use.get("x"), use.get("y")] for use in uses], float), log=log)

    def measured(self, points: NDArray[Any], *, log: bool) -> NDArray[Any]:
        measured = points.copy()
        for column, side in enumerate("xy"):
            places, values = self.ticks(side, log=log and side == "y")
            slope, start = np.polyfit(places, values, 1) if len(places) > 1 else (0.0, values[0])
            measured[:, column] = start + slope * points[:, column]
        return measured


@dataclass
class Picture:
    root: ElementTree.Element

    def texts(self) -> list[str]:
        return Chart(self.root).texts()

    def charts(self) -> list[Chart]:
        return [Chart(g) for g in self.root.iter(f"{SVG}g") if re.fullmatch(r"axes_\d", str(g.get("id")))]


def drawn(run: RecordedRun, folder: Path) -> Picture:
    write_figure(folder / "run.svg", run)
    return Picture(ElementTree.parse(folder / "run.svg").getroot())


def changed(run: RecordedRun, *changes: tuple[int, float]) -> RecordedRun:
    return replace(run, run=replace(run.run, interventions=tuple(Intervention(*each) for each in changes)))


def test_it_says_what_it_shows(tmp_path: Path) -> None:
    run = kept(tmp_path, name="a night's run", epochs=300)
    picture = drawn(run, tmp_path)
    cost, fit = picture.charts()
    assert {"cost", "epoch", "least squares 0.1667"} <= set(cost.texts())
    assert {"x", "y", "3 rows", "fitted", "least squares"} <= set(fit.texts())
    stands = f"running at epoch 300, cost {run.epochs.cost[-1]:.7g}"
    assert picture.texts()[-2:] == ["a night's run", f"exercise1.csv · SGD, learning rate η 0.01 · {stands}"]
    assert picture.root.findtext(f"{SVG}title") == "a night's run"


def test_the_curve_is_the_cost_and_the_dashed_line_its_floor(tmp_path: Path) -> None:
    run = kept(tmp_path, epochs=300)
    cost = drawn(run, tmp_path).charts()[0]
    epoch, exponent = cost.line("cost", log=True).T
    np.testing.assert_allclose(epoch[[0, -1]], [0, 300], atol=0.5)
    np.testing.assert_allclose(exponent, np.interp(epoch, run.epochs.epoch, np.log10(run.epochs.cost)), atol=0.005)
    np.testing.assert_allclose(cost.line("least_cost", log=True)[:, 1], np.log10(1 / 6), atol=1e-3)


def test_the_fit_has_every_row_and_both_lines(tmp_path: Path) -> None:
    columns: dict[str, Sequence[float]] = {"x": [3.0, -1.0, 4.0, 1.0, -5.0], "y": [2.0, 7.0, -1.0, 8.0, 2.8]}
    run = kept_of(tmp_path, columns, epochs=3, standardize=False, learning_rate=0.01)
    w, b = run.in_original_units()
    assert b is not None
    fit = drawn(run, tmp_path).charts()[1]
    np.testing.assert_allclose(fit.dots("rows"), np.array(list(columns.values())).T, atol=0.01)
    x, y = fit.line("fitted").T
    np.testing.assert_allclose(y, w[-1, 0] * x + b[-1], atol=0.01)
    assert x.min() < -5 < 4 < x.max()
    x, y = fit.line("least_squares").T
    np.testing.assert_allclose(y, np.polyval(np.polyfit(columns["x"], columns["y"], 1), x), atol=0.01)


def test_the_band_is_the_confidence_interval_of_statsmodels(tmp_path: Path) -> None:
    run = kept(tmp_path, "outlier", epochs=3)
    assert run.facts is not None
    assert "95 % band" in drawn(run, tmp_path).charts()[1].texts()
    [band] = figure_of(run).axes[1].collections
    edge = np.asarray(band.get_paths()[0].vertices)
    known = OLS(run.facts.sample_y, add_constant(run.facts.sample_X)).fit()
    low, high = known.get_prediction(add_constant(edge[:, 0])).conf_int(alpha=0.05).T
    nearest = np.minimum(np.abs(edge[:, 1] - low), np.abs(edge[:, 1] - high))
    np.testing.assert_allclose(nearest[1:-1], 0, atol=1e-9)
    bent = kept(tmp_path, "outlier", name="bent", epochs=3, options={"weight_decay": 0.1})
    assert "band" not in drawn(bent, tmp_path).charts()[1].names()  # whose line does not go there


def test_with_several_features_predictions_stand_over_what_they_should_be(tmp_path: Path) -> None:
    run = kept(tmp_path, "houses", epochs=30)
    w, b = run.in_original_units()
    assert run.facts is not None
    assert b is not None
    fit = drawn(run, tmp_path).charts()[1]
    expected = np.column_stack([run.facts.sample_y, run.facts.sample_X @ w[-1] + b[-1]])
    np.testing.assert_allclose(fit.dots("rows"), expected, atol=0.5)
    assert {"actual price", "predicted price", "60 rows", "predicted = actual"} <= set(fit.texts())


def test_no_spike_is_lost_among_many_epochs(tmp_path: Path) -> None:
    cost = np.full(16384, 2.0)
    cost[9111], cost[9112:9120] = 5e7, [1e-3, 2.0] * 4
    epoch, exponent = drawn(with_epochs(kept(tmp_path), cost.tolist()), tmp_path).charts()[0].line("cost", log=True).T
    assert epoch[exponent.argmax()] == pytest.approx(9111, abs=30)
    assert [exponent.max(), exponent.min()] == pytest.approx([np.log10(5e7), -3], abs=0.02)


@pytest.mark.parametrize(
    "cost",
    [
        [1e-300, 1.0, 1e300, 1.7e308],
        [5e-324, 1e-310, 1e-200],
        [1e300, 1.7e308],
        [1.79e308] * 4,
        [0.123456] * 30,
        [1.0, 1.0 + 1e-15],
        [3.0],
    ],
)
def test_any_cost_has_its_place_on_the_log_axis(tmp_path: Path, cost: list[float]) -> None:
    run = replace(with_epochs(kept(tmp_path), cost), facts=None)
    chart = drawn(run, tmp_path).charts()[0]
    points = chart.dots("cost_alone", log=True) if len(cost) == 1 else chart.line("cost", log=True)
    places, exponents = chart.ticks("y", log=True)
    points_a_decade = (places[0] - places[-1]) / (exponents[-1] - exponents[0])
    expected = np.interp(points[:, 0], np.arange(len(cost)), np.log10(cost))
    assert np.abs(points[:, 1] - expected).max() * points_a_decade < 1


@pytest.mark.parametrize(
    ("cost", "name", "alone", "words"),
    [
        ([1.0, 0.1, 0.0, 0.0, 0.0, 0.1, 0.0], "cost_zero", [6], "cost exactly 0 at 4 of 7 epochs, on the lower edge"),
        ([0.0] * 5, "cost_zero", [], "cost exactly 0 at 5 of 5 epochs, on the lower edge"),
        (
            [1.0, np.nan, 3.0, np.inf, -np.inf],
            "cost_not_finite",
            [1],
            "cost not a finite number at 3 of 5 epochs, on the upper edge",
        ),
    ],
)
def test_what_a_log_axis_cannot_show_lies_on_its_edge_and_is_counted(
    tmp_path: Path, cost: list[float], name: str, alone: list[int], words: str
) -> None:
    chart = drawn(with_epochs(kept(tmp_path), cost), tmp_path).charts()[0]
    assert any(words in text for text in chart.texts())
    np.testing.assert_allclose(chart.line("least_cost", log=True)[:, 1], np.log10(1 / 6), atol=0.02)
    assert chart.names() & {"cost_zero", "cost_not_finite"} == {name}
    frame = re.findall(r"[ML] (\S+) (\S+)", str(next(chart.named("patch_3").iter(f"{SVG}path")).get("d")))
    bottom, top = (float(y) for _, y in frame)
    paths = re.findall(r"[ML] (\S+) (\S+)", str(next(chart.named(name).iter(f"{SVG}path")).get("d")))
    assert {round(float(y), 3) for _, y in paths} == {round(bottom if name == "cost_zero" else top, 3)}
    if alone:
        np.testing.assert_allclose(chart.dots(f"{name}_alone")[:, 0], alone, atol=0.05)


def test_a_perfect_fit_says_that_its_floor_is_below_the_axis(tmp_path: Path) -> None:
    run = kept_of(tmp_path, {"x": [0.0, 1.0, 2.0], "y": [5.0, 5.0, 5.0]}, epochs=3, learning_rate=0.1)
    chart = drawn(run, tmp_path).charts()[0]
    assert any("least squares 0, below this axis" in text for text in chart.texts())
    assert "least_cost" not in chart.names()


def test_each_change_of_the_learning_rate_is_marked_where_it_was(tmp_path: Path) -> None:
    run = changed(kept(tmp_path, epochs=100), (20, 0.0125), (90, 0.5), (101, 7.0))
    chart = drawn(run, tmp_path).charts()[0]
    for epoch in (20, 90):
        np.testing.assert_allclose(chart.line(f"change_{epoch}")[:, 0], epoch, atol=0.2)
    assert {name for name in chart.names() if name.startswith("change")} == {"change_20", "change_90"}
    assert {"η 0.0125", "η 0.5"} <= set(chart.texts())


def test_names_of_rates_never_cover_each_other_and_the_latest_is_there(tmp_path: Path) -> None:
    run = changed(kept(tmp_path, epochs=100), *((epoch, 0.000123456 * 1.25**epoch) for epoch in range(101)))
    boxes = [box for text, box in laid_out(run).texts if text.startswith("η")]
    assert 3 <= len(boxes) <= 8
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])
    assert f"η {0.000123456 * 1.25**100:.3g}" in drawn(run, tmp_path).texts()


@dataclass
class Layout:
    """Where the charts of a picture are, and its texts but for those of the ticks, in pixels."""

    frames: list[Any]
    texts: list[tuple[str, Any]]


def laid_out(run: RecordedRun) -> Layout:
    with style():
        figure = figure_of(run)
        figure.draw_without_rendering()
        texts = list(figure.texts)
        for axes in figure.axes:
            texts += [*axes.texts, axes.xaxis.label, axes.yaxis.label]
        boxes = [(text.get_text(), text.get_window_extent()) for text in texts if text.get_text()]
        return Layout([axes.get_window_extent() for axes in figure.axes], boxes)


@pytest.fixture(scope="module")
def plain_layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    columns: dict[str, Sequence[float]] = {"x": [1.0, 2.0, 3.0, 5.0], "y": [1.0, 3.0, 2.0, 4.0]}
    return laid_out(kept_of(tmp_path_factory.mktemp("plain"), columns, epochs=3))


NAMES = [
    *("$x^2$", "$\\frac{", "a$b", "\\$", "_hidden", "{}%s", "<b>&amp;]]>"),
    *("two\nlines\r\ttabs", "\x1b[31mred\x07", "\u202eright to left\u202c", "\ufffe\uffff", "\U0010ffff"),
    *("😀 👨\u200d👩\u200d👧", "שלום עולם", "مرحبا بالعالم"),
]
LONG_NAMES = ["名" * 500, "W" * 500, "i" * 500, "Z" + "\u0301" * 300]


def named(folder: Path, name: str) -> RecordedRun:
    columns: dict[str, Sequence[float]] = {name: [1.0, 2.0, 3.0, 5.0], f"{name} y": [1.0, 3.0, 2.0, 4.0]}
    return kept_of(folder, columns, name=name[:100], epochs=3)


@pytest.mark.parametrize("name", [*NAMES, *LONG_NAMES])
def test_no_name_breaks_the_layout(tmp_path: Path, plain_layout: Layout, name: str) -> None:
    layout = laid_out(named(tmp_path, name))
    for frame, other in zip(layout.frames, plain_layout.frames, strict=True):
        np.testing.assert_allclose(frame.get_points(), other.get_points(), atol=20)
    for text, box in layout.texts:
        assert min(box.x0, box.y0) >= 0, text
        assert box.x1 <= 1100, text
        assert box.y1 <= 440, text


@pytest.mark.parametrize("names", [NAMES[:6], NAMES[6:9], NAMES[9:12], NAMES[12:]])
def test_every_name_is_text_and_nothing_else(tmp_path: Path, names: list[str]) -> None:
    name = " ".join(names)
    picture = drawn(named(tmp_path, name), tmp_path)
    shown = "".join("\N{REPLACEMENT CHARACTER}" if not is_shown(character) else character for character in name)
    assert shown in picture.charts()[1].texts()
    assert shown in picture.texts()[-2:]
    assert picture.root.findtext(f"{SVG}title") == shown


def is_shown(character: str) -> bool:
    return category(character) not in ("Cc", "Cf", "Cs") and character not in "\ufffe\uffff"


def test_a_model_that_is_elsewhere_is_said_to_be(tmp_path: Path) -> None:
    line = drawn(with_epochs(kept(tmp_path), [1.0], [0.0, 1e300]), tmp_path).charts()[1]
    assert "the fitted line is outside" in line.texts()
    assert "fitted" not in line.names()
    nowhere = drawn(with_epochs(kept(tmp_path), [1.0], [np.nan, np.inf]), tmp_path).charts()[1]
    assert "the fitted line is outside" in nowhere.texts()
    several = kept(tmp_path, "houses", standardize=False, epochs=0)
    picture = drawn(with_epochs(several, [1.0], [1e9, 0.0, 0.0, 0.0]), tmp_path)
    assert "60 of 60 rows are outside" in picture.charts()[1].texts()
    steep = drawn(with_epochs(kept(tmp_path), [1.0], [1e300, 0.0]), tmp_path).charts()[1]
    np.testing.assert_allclose(steep.line("fitted")[:, 0], 0.0, atol=0.01)


def test_of_very_many_rows_some_are_drawn_and_that_is_said(tmp_path: Path) -> None:
    x = np.linspace(0, 1, 5000)
    fit = drawn(kept_of(tmp_path, {"x": x.tolist(), "y": (x**2).tolist()}, epochs=1), tmp_path).charts()[1]
    dots = fit.dots("rows")
    assert "1,000 of 5,000 rows" in fit.texts()
    assert len(dots) == 1000
    np.testing.assert_allclose(dots[[0, -1]], [[0, 0], [1, 1]], atol=0.01)


@pytest.mark.parametrize(
    "columns",
    [
        {"x": [1.0, 2.0], "y": [7.0, 7.0]},
        {"x": [1.0, 2.0], "y": [0.0, 0.0]},
        {"x": [3.0, 3.0], "y": [1.0, 2.0]},
        {"x": [3.0], "y": [4.0]},
        {"x": [1e140, 2e140], "y": [1e-140, 3e-140]},
        {"x": [1e9, 1e9 + 1], "y": [-1e9, -1e9 - 1]},
        {"x": [1.0, 2.0], "z": [1.0, 2.0], "y": [7.0, 7.0]},
    ],
)
def test_constant_and_extreme_columns_are_drawn(tmp_path: Path, columns: dict[str, Sequence[float]]) -> None:
    fit = drawn(kept_of(tmp_path, columns, epochs=2), tmp_path).charts()[1]
    assert len(list(fit.named("rows").iter(f"{SVG}use"))) == len(columns["y"])


def test_a_module_of_the_user_s_own_and_a_damaged_store_have_the_cost_alone(tmp_path: Path) -> None:
    linear = kept(tmp_path, epochs=3)
    assert linear.facts is not None
    theirs = replace(linear.facts, recipe=linear.facts.recipe.changed(module="mine.py:Mine"), quadratic=None)
    for run in (replace(linear, facts=theirs), replace(linear, facts=None)):
        picture = drawn(run, tmp_path)
        assert len(picture.charts()) == 1
        assert "least_cost" not in picture.charts()[0].names()
        write_figure(tmp_path / "run.png", run)
        with Image.open(tmp_path / "run.png") as image:
            assert image.size == (1280, 704)


def test_the_png_has_the_same_picture_on_white(tmp_path: Path) -> None:
    write_figure(tmp_path / "run.png", kept(tmp_path, name="夜 😀", epochs=300))
    with Image.open(tmp_path / "run.png") as image:
        image.load()
        pixels = np.asarray(image.convert("RGB")).astype(int)
        assert (image.size, image.format) == ((1760, 704), "PNG")
        assert image.text == {"Title": "夜 😀"}  # type: ignore[attr-defined]
    assert (pixels[[0, 0, -1, -1], [0, -1, 0, -1]] == 255).all()
    accent = (np.abs(pixels - ACCENT).max(axis=2) < 12).nonzero()[1]
    assert (accent < 880).sum() > 500
    assert (accent > 880).sum() > 500


def test_the_same_run_gives_the_same_bytes_whatever_is_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = kept(tmp_path, "houses", epochs=20)
    odd = {"text.usetex": True, "savefig.dpi": 20, "axes.facecolor": "red", "svg.fonttype": "path", "font.size": 30}
    for extension in ("svg", "png"):
        write_figure(tmp_path / f"plain.{extension}", run)
        with matplotlib.rc_context(odd):  # type: ignore[arg-type]
            write_figure(tmp_path / f"odd.{extension}", run)
            assert {name: matplotlib.rcParams[name] for name in odd} == odd  # type: ignore[index]
        assert (tmp_path / f"plain.{extension}").read_bytes() == (tmp_path / f"odd.{extension}").read_bytes()


def test_a_picture_needs_no_window() -> None:
    names = ("matplotlib.pyplot", "tkinter")
    code = f"import sys, linreg.export.figure; sys.exit(any(name in sys.modules for name in {names}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
