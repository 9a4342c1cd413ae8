"""Rows that are changed by hand: their moments and what follows from them, and the run that goes on with them."""

from contextlib import suppress
from dataclasses import asdict, replace
from math import inf, nan
from pathlib import Path
from time import thread_time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from exactly import same
from linreg.data import bundled
from linreg.data.table import open_source
from linreg.dialect import PLAIN
from linreg.errors import LinregError
from linreg.live.edits import (
    MOST_ROWS,
    AddRow,
    Edits,
    MoveRow,
    RedoEdit,
    RemoveRow,
    RowEdit,
    Rows,
    ScatterTargets,
    UndoEdit,
    recipe_of_file,
    why_not,
)
from linreg.live.reproduction import command_of
from linreg.live.run import LiveRun
from linreg.live.state import Intervention
from linreg.numerics.curvature import Quadratic
from linreg.numerics.exact_sums import ExactSums
from linreg.numerics.moments import Moments
from linreg.phase import Phase
from linreg.session.start import StartOptions, live_run
from linreg.training.fitted import load_model


def begun(data: str = "exercise1", **choices: Any) -> LiveRun:
    recipe = bundled.find(data).changed(**choices)
    return live_run(recipe, lambda source: source.batches(), StartOptions(inf, False))


def ran_to(run: LiveRun, epoch: int) -> LiveRun:
    run.go_to(epoch)
    return arrived(run)


def arrived(run: LiveRun) -> LiveRun:
    while run.phase.is_moving:
        run.work()
    return run


def said(run: LiveRun) -> str:
    notice = run.state(1).notice
    return "" if notice is None else notice.text


def was_refused(run: LiveRun) -> bool:
    notice = run.state(1).notice
    return notice is not None and notice.is_error


def is_changed(run: LiveRun) -> bool:
    return run.facts.rows_changed


def drawn(rng: np.random.Generator, n_rows: int) -> RowEdit:
    """One change of any kind, among them outliers that come and go."""
    far = float(10.0 ** rng.integers(-3, 5))
    x, y, row = float(rng.normal() * far), float(rng.normal() * far), int(rng.integers(n_rows))
    kinds: list[RowEdit] = [AddRow(x, y), MoveRow(row, x, y), RemoveRow(row), ScatterTargets(), UndoEdit(), RedoEdit()]
    return kinds[int(rng.choice(6, p=[0.35, 0.3, 0.2, 0.03, 0.07, 0.05]))]


def test_500_edits_leave_moments_least_squares_and_surface_as_a_fresh_fit_has_them() -> None:
    rng, n_compared = np.random.default_rng(7), 0
    edits = Edits(Rows.of(np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 2.0])), "points.csv")
    for turn in range(500):
        with suppress(LinregError):  # the last row, or nothing to take back
            edits.edited(drawn(rng, len(edits.rows.x)))
        if turn % 4 and turn < 499:
            continue  # what has drifted will have, one of these times
        x, y, moments = edits.rows.x, edits.rows.y, edits.rows.moments
        rows = np.column_stack([x, y])
        centred = rows - rows.mean(axis=0)
        scale = np.sqrt(np.outer(np.square(centred).sum(axis=0), np.square(centred).sum(axis=0)))
        np.testing.assert_allclose(moments.mean, rows.mean(axis=0), rtol=0, atol=1e-12 * np.abs(rows).max())
        assert (np.abs(moments.cross - centred.T @ centred) <= 1e-12 * scale).all()
        assert (moments.n_samples, moments.minimum.tolist(), moments.maximum.tolist()) == (
            len(x),
            rows.min(axis=0).tolist(),
            rows.max(axis=0).tolist(),
        )
        fresh = Moments.of(x[:, np.newaxis], y)
        surfaces = [Quadratic.of(each, bias=True) for each in (moments, fresh)]
        places = rng.normal(size=(5, 2)) * np.abs(rows).max()
        costs, wanted = ([float(surface.excess(place)) for place in places] for surface in surfaces)
        np.testing.assert_allclose(costs, wanted, rtol=1e-12, atol=1e-12 * fresh.target_variance)
        if len(np.unique(x)) < 2:
            continue
        n_compared += 1
        exact = moments.least_squares(bias=True)
        design = torch.tensor(np.column_stack([x, np.ones(len(x))]))
        w, b = torch.linalg.lstsq(design, torch.tensor(y), driver="gelsd").solution.tolist()
        answers = exact.w[0] * x + exact.b  # w and b themselves are as good as their condition lets them be
        np.testing.assert_allclose(answers, w * x + b, rtol=0, atol=1e-12 * np.abs(rows).max() * len(x))
        assert exact.cost == pytest.approx(fresh.least_squares(bias=True).cost, rel=1e-11, abs=1e-12)
    assert n_compared > 100


def test_an_outlier_that_came_and_went_leaves_nothing_behind() -> None:
    rows = Rows.of(np.array([0.1, 0.2, 0.3]), np.array([1.1, 1.2, 1.4]))
    assert rows.added(1e12, -1e13).removed(3).sums == rows.sums


def loop(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], start: list[float], n_epochs: int, **sgd: Any) -> Any:
    """The lecture's loop in float64, and the optimizer so that it can go on with other rows."""
    w, b = (torch.tensor([each], dtype=torch.float64, requires_grad=True) for each in start)
    return run_on(w, b, torch.optim.SGD([w, b], **sgd), x, y, n_epochs)


def run_on(w: Any, b: Any, optimizer: Any, x: Any, y: Any, n_epochs: int) -> Any:
    for _ in range(n_epochs):
        cost = torch.mean((torch.tensor(x) * w + b - torch.tensor(y)) ** 2)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
    return w, b, optimizer


@pytest.mark.parametrize("engine", ["spectral", "gram", "autograd"])
def test_a_run_goes_on_with_changed_rows_as_a_plain_loop_with_its_momentum_would(engine: str) -> None:
    momentum = {"momentum": 0.9, "weight_decay": 0.01}
    run = ran_to(begun(engine=engine, options=momentum), 49)
    x, y = np.array([0.0, 1.0, 1.0]), np.array([0.0, 1.0, 2.0])
    w, b, optimizer = loop(x, y, [0.0, 0.0], 50, lr=0.01, **momentum)
    run.edit_rows(AddRow(2.0, 7.0))
    run.edit_rows(MoveRow(0, -1.0, 0.5))
    w, b, optimizer = run_on(w, b, optimizer, [-1.0, 1.0, 1.0, 2.0], [0.5, 1.0, 2.0, 7.0], 30)
    ran_to(run, 79)
    np.testing.assert_allclose(run.trainer.parameters, [w.item(), b.item()], rtol=1e-10)
    assert run.trainer.cost == pytest.approx(run.history.row(79).cost)  # type: ignore[union-attr]
    assert run.history.last_epoch == 79


@pytest.mark.parametrize("choices", [{}, {"optimizer": "Adam"}, {"criterion": "L1Loss"}, {"batch_size": 2}])
def test_going_back_is_exact_down_to_the_change_and_refused_beyond(choices: dict[str, Any]) -> None:
    run = ran_to(begun(**choices), 20)
    run.edit_rows(AddRow(4.0, 9.0))
    at_change = run.trainer.parameters
    there = [ran_to(run, epoch).trainer.parameters for epoch in (21, 40)]
    back = [ran_to(run, epoch).trainer.parameters for epoch in (21, 40)]
    assert [each.tolist() for each in back] == [each.tolist() for each in there]
    ran_to(run, 5)
    assert (run.epoch, run.trainer.parameters.tolist()) == (20, at_change.tolist())
    assert "rows were changed after epoch 20" in said(run)


def test_after_more_epochs_than_are_kept_one_by_one_a_change_takes_no_epoch_of_other_rows_with_it() -> None:
    run = ran_to(begun(epochs=10**6), 300_000)
    assert run.history.is_coarse
    run.edit_rows(AddRow(2.0, 0.0))
    for turn in range(3):
        there = ran_to(run, run.epoch + 40)
        ran_to(run, there.epoch - 35)
        if turn % 2:
            run.set_learning_rate(0.02)
        else:
            run.edit_rows(UndoEdit() if turn else MoveRow(0, 1.0, 3.0))
        ran_to(run, run.epoch + 2)
        first, last = run.history.row(0), run.history.row(run.epoch)
        assert run.history.last_epoch == run.epoch
        assert first is not None
        assert last is not None
        assert first.cost == pytest.approx(5 / 3)
        assert last.parameters.tolist() == run.trainer.parameters.tolist()


def test_a_run_that_a_stop_rule_ended_goes_on_from_the_epoch_that_ended_it() -> None:
    run = begun(until_step=1e-3)
    run.play()
    epoch = arrived(run).epoch
    assert run.phase is Phase.CONVERGED
    run.edit_rows(MoveRow(2, 1.0, 6.0))
    assert (run.phase, run.epoch, run.history.last_epoch) == (Phase.RUNNING, epoch, epoch)
    assert arrived(run).phase is Phase.CONVERGED


def test_a_change_on_the_way_back_is_made_where_that_leads() -> None:
    run = ran_to(begun(engine="autograd"), 600)
    run.go_to(500)
    run.edit_rows(AddRow(3.0, 3.0))
    assert (run.phase, run.epoch, run.facts.first_epoch, run.history.last_epoch) == (Phase.PAUSED, 500, 501, 500)
    run.go_to(560)
    run.work()
    here = run.epoch
    run.edit_rows(UndoEdit())
    assert (run.epoch, run.facts.first_epoch) == (here, here + 1)
    assert arrived(run).epoch == 560


@pytest.mark.parametrize("epoch", [600, 601])
def test_a_change_on_the_way_forward_to_the_last_epoch_that_has_run_is_made_there(epoch: int) -> None:
    run = ran_to(begun(engine="autograd"), epoch)
    ran_to(run, 10)
    run.go_to(epoch)
    run.edit_rows(AddRow(3.0, 3.0))
    assert (run.epoch, run.facts.first_epoch, run.history.last_epoch) == (epoch, epoch + 1, epoch)


def test_starting_again_is_the_run_of_a_file_with_these_rows(tmp_path: Path) -> None:
    run = ran_to(begun("houses", features=("area",), standardize=True), 20)
    for edit in (AddRow(500.0, 30.0), RemoveRow(3), ScatterTargets()):
        run.edit_rows(edit)
    with pytest.raises(LinregError, match="in no file: where the run was started w writes"):
        command_of(run.facts, run.state(1))
    run.save_rows(tmp_path / "mine.csv")
    with pytest.raises(LinregError, match="changed on the way"):
        command_of(run.facts, run.state(1))
    run.restart()
    ran_to(run, 30)
    recipe = run.trainer.problem.recipe
    assert command_of(run.facts, run.state(1)).startswith(f"linreg-tui {tmp_path / 'mine.csv'} ")
    other = live_run(recipe, lambda source: source.batches(), StartOptions(inf, False))
    ran_to(other, 30)
    np.testing.assert_allclose(run.trainer.parameters, other.trainer.parameters, rtol=1e-12)
    np.testing.assert_allclose(run.facts.scaling.scale, other.facts.scaling.scale, rtol=1e-13)
    read = open_source(str(tmp_path / "mine.csv")).read()
    assert (read.X[:, 0].tolist(), read.y.tolist()) == (run.facts.sample_X[:, 0].tolist(), run.facts.sample_y.tolist())


def test_rows_are_written_over_no_data_that_were_read_and_over_no_file_unasked(tmp_path: Path) -> None:
    data, there = tmp_path / "points.csv", tmp_path / "there.csv"
    for path in (data, there):
        path.write_text("x,2019\n1,2\n2,3\n3,5\n")
    recipe = replace(
        bundled.find("exercise1"), title="", data=str(data), target=None, dialect=PLAIN.changed(header=True)
    )
    run = live_run(recipe, lambda source: source.batches(), StartOptions(inf, False))
    run.edit_rows(RemoveRow(0))
    for path, words in ((data, "the data are read from there"), (there, "exists")):
        run.save_rows(path)
        assert words in said(run)
    assert is_changed(run)
    assert there.read_text() == "x,2019\n1,2\n2,3\n3,5\n"
    run.save_rows(there, replaces=True)
    assert said(run) == f"2 rows written to {there}, where the recipe has its data now."
    assert there.read_text() == "x,2019\n2.0,3.0\n3.0,5.0\n"
    assert not is_changed(run)
    run.edit_rows(UndoEdit())
    assert is_changed(run)  # the file has the rows as they were when it was written


def test_adding_a_row_to_three_takes_a_small_part_of_the_time_between_two_keys() -> None:
    run, took = ran_to(begun(), 10), []
    for x in range(5):
        began = thread_time()
        run.edit_rows(AddRow(float(x), 1.0))
        took.append(thread_time() - began)
    assert min(took) < 0.02


def test_what_is_known_follows_each_change_and_its_undoing() -> None:
    run = ran_to(begun(), 10)
    known = run.facts
    run.edit_rows(AddRow(3.0, 0.0))
    changed = run.facts
    x, y = torch.tensor([0.0, 1, 1, 3], dtype=torch.float64), torch.tensor([0.0, 1, 2, 0], dtype=torch.float64)
    design = torch.column_stack([x, torch.ones_like(x)])
    assert changed.least_squares is not None
    assert changed.quadratic is not None
    exact = torch.linalg.lstsq(design, y).solution.numpy()
    np.testing.assert_allclose([changed.least_squares.w[0], changed.least_squares.b], exact, atol=1e-14)
    limit = 2 / torch.linalg.eigvalsh(2 * design.T @ design / 4)[-1].item()
    assert changed.largest_stable_learning_rate == pytest.approx(limit, rel=1e-13)
    assert (changed.rows_changed, changed.first_epoch, run.trainer.last_epoch) == (True, 11, 11 + 3000)
    run.edit_rows(UndoEdit())
    assert known.quadratic is not None
    assert run.facts.quadratic is not None
    np.testing.assert_allclose(run.facts.quadratic.optimum, known.quadratic.optimum, atol=1e-15)
    assert not is_changed(run)
    run.edit_rows(RedoEdit())
    assert is_changed(run)
    assert run.facts.sample_y.tolist() == [0.0, 1.0, 2.0, 0.0]


def test_moves_of_one_row_are_taken_back_together() -> None:
    edits = Edits(Rows.of(np.array([1.0, 2.0]), np.array([3.0, 4.0])), "")
    for edit in (AddRow(5.0, 5.0), MoveRow(2, 6.0, 5.0), MoveRow(2, 7.0, 5.0), MoveRow(0, 0.0, 3.0), UndoEdit()):
        edits.edited(edit)
    assert edits.rows.x.tolist() == [1.0, 2.0, 7.0]
    edits.edited(UndoEdit())
    assert edits.rows is edits.named
    with pytest.raises(LinregError, match="no change of the rows to take back"):
        edits.edited(UndoEdit())


def test_a_run_that_has_ended_runs_on_after_a_change_and_one_that_diverged_starts_again() -> None:
    run = ran_to(begun(epochs=30), 30)
    assert run.phase is Phase.FINISHED
    run.edit_rows(MoveRow(2, 1.0, 5.0))
    assert (run.phase, run.trainer.last_epoch) == (Phase.RUNNING, 61)
    assert arrived(run).phase is Phase.FINISHED
    run.set_learning_rate(0.1)
    run = begun(learning_rate=5.0)
    run.play()
    assert arrived(run).phase is Phase.DIVERGED
    run.edit_rows(AddRow(0.0, 0.0))
    assert (run.epoch, run.phase, run.facts.first_epoch) == (-1, Phase.PAUSED, 0)
    assert said(run) == "the run had diverged: it starts again on the changed rows."
    assert not was_refused(run)


@pytest.mark.parametrize("epoch", [2000, 2001])
def test_recovery_goes_no_further_back_than_the_rows_are_these(epoch: int) -> None:
    run = ran_to(begun(), epoch)
    run.edit_rows(MoveRow(2, 100.0, 2.0))  # costs far more than anything before
    run.play()
    assert arrived(run).phase is Phase.DIVERGED
    run.recover()
    assert arrived(run).epoch == epoch
    assert f"back to epoch {epoch:,}, where the cost was least of all" in said(run)
    assert run.trainer.engine.learning_rate < 2 / 100


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (RemoveRow(3), "there is no row 4"),
        (MoveRow(0, inf, 0.0), "two finite numbers"),
        (AddRow(1e200, 0.0), "too large for float64"),
        (RedoEdit(), "no change of the rows was taken back"),
    ],
)
def test_what_cannot_be_changed_is_said_and_leaves_all_as_it_was(edit: RowEdit, sentence: str) -> None:
    run = ran_to(begun(), 5)
    facts = run.facts
    run.edit_rows(edit)
    assert sentence in said(run)
    assert was_refused(run)
    assert same(asdict(run.facts), asdict(replace(facts, n_edits=1)))
    assert run.phase is Phase.PAUSED
    run.edit_rows(AddRow(1.0, 1.0))
    assert run.facts.n_edits == 2


@pytest.mark.parametrize(
    ("data", "choices", "sentence"),
    [
        ("houses", {}, "here there are 3"),
        ("exercise1", {"hold_out": "0.34:2"}, "held out"),
        ("exercise1", {"schedule": "StepLR", "schedule_options": {"step_size": 5}}, "StepLR lays the learning rate"),
    ],
)
def test_rows_that_cannot_be_changed_are_refused_in_a_sentence(
    data: str, choices: dict[str, Any], sentence: str
) -> None:
    run = begun(data, **choices)
    assert sentence in why_not(run.facts)
    run.edit_rows(AddRow(0.0, 0.0))
    assert sentence in said(run)


def test_as_many_rows_as_are_drawn_can_be_changed_and_no_more(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("x,y\n" + "".join(f"{row},{row % 7}\n" for row in range(MOST_ROWS)))
    recipe = replace(bundled.find("exercise1"), title="", data=str(path))
    run = live_run(recipe, lambda source: source.batches(), StartOptions(inf, False))
    run.edit_rows(AddRow(0.0, 0.0))
    assert "no more can be added by hand" in said(run)
    path.write_text(path.read_text() + "5,5\n")
    run = live_run(recipe, lambda source: source.batches(), StartOptions(inf, False))
    assert "1,001 rows are too many" in why_not(run.facts)


def test_a_model_of_changed_rows_claims_no_file(tmp_path: Path) -> None:
    run = ran_to(begun(), 5)
    run.edit_rows(AddRow(5.0, 5.0))
    run.save(tmp_path / "model.safetensors")
    assert load_model(tmp_path / "model.safetensors").recipe["data"] == "arrays"


Points = list[tuple[float, float]]


class Listed:
    """Rows in a list, with those before each change, and the row that a further move would go on with."""

    def __init__(self, points: Points) -> None:
        self.points, self.before, self.undone = points, list[tuple[Points, int]](), list[tuple[Points, int]]()

    def edit(self, edit: RowEdit) -> None:
        points, row = list(self.points), -1
        match edit:
            case UndoEdit() | RedoEdit():
                away, to = (self.before, self.undone) if isinstance(edit, UndoEdit) else (self.undone, self.before)
                points, row = away.pop()
                to.append((self.points, row))
                self.points = points
                return
            case AddRow(x, y):
                points.append((x, y))
                row = len(points) - 1
            case MoveRow(row, x, y) if row >= 0:
                points[row] = (x, y)
            case RemoveRow(gone) if gone >= 0 and len(points) > 1:
                del points[gone]
            case _:
                raise IndexError
        goes_on = isinstance(edit, MoveRow) and self.before and not self.undone and self.before[-1][1] == row
        if not goes_on:
            self.before.append((self.points, row))
        self.points, self.undone = points, []


NUMBERS = st.sampled_from([0.0, -1.5, 3.0, 0.1])
PLACES = st.integers(-1, 3)
MOVES = st.builds(MoveRow, PLACES, NUMBERS, NUMBERS)
EDITS = st.one_of(
    MOVES,
    MOVES,
    st.builds(AddRow, NUMBERS, NUMBERS),
    st.builds(RemoveRow, PLACES),
    st.just(UndoEdit()),
    st.just(UndoEdit()),
    st.just(RedoEdit()),
)


@given(st.lists(EDITS, max_size=20))
def test_whatever_is_edited_and_taken_back_the_rows_are_those_of_a_list(steps: list[RowEdit]) -> None:
    listed = Listed([(1.0, 3.0), (2.0, 5.0)])
    edits = Edits(Rows.of(np.array([1.0, 2.0]), np.array([3.0, 5.0])), "")
    for step in steps:
        before = edits.rows
        try:
            listed.edit(step)
        except IndexError:
            with pytest.raises(LinregError):
                edits.edited(step)
            assert edits.rows is before
        else:
            assert edits.edited(step) == ""
        assert list(zip(edits.rows.x.tolist(), edits.rows.y.tolist(), strict=True)) == listed.points
        assert edits.rows.sums == ExactSums.of(edits.rows.x, edits.rows.y)


def test_a_thousand_changes_can_be_taken_back_and_no_more() -> None:
    edits = Edits(Rows.of(np.array([1.0, 2.0]), np.array([3.0, 4.0])), "")
    for turn in range(1005):
        edits.edited(AddRow(0.0, 0.0) if turn % 2 == 0 else RemoveRow(2))
    for _ in range(1000):
        edits.edited(UndoEdit())
    assert len(edits.rows.x) == 3
    with pytest.raises(LinregError, match="no change of the rows to take back"):
        edits.edited(UndoEdit())


@pytest.mark.parametrize(
    ("targets", "noise"),
    [([1.0, 2.0, 4.0], 0.1 * np.sqrt(7 / 3)), ([5.0, 5.0], 0.5), ([-4.0], 0.4), ([0.0], 0.1), ([0.0, 0.0, 0.0], 0.1)],
)
def test_noise_is_a_tenth_of_the_spread_or_else_of_the_size(targets: list[float], noise: float) -> None:
    y = np.array(targets)
    rows = Rows.of(np.arange(len(y), dtype=float), y)
    assert rows.noise == pytest.approx(noise, rel=1e-12)
    edits = Edits(rows, "")
    words = f"noise with a standard deviation of {noise:.3g} on every target; z takes it back."
    drawn = []
    for _ in range(2):
        assert edits.edited(ScatterTargets()) == words
        drawn.append((edits.rows.y - y) / noise)
        assert edits.rows.x.tolist() == rows.x.tolist()
        edits.edited(UndoEdit())
    assert (drawn[0] != drawn[1]).all()
    assert np.abs(drawn).max() < 5


def test_the_noise_of_many_targets_is_normal_and_as_large_as_is_said() -> None:
    rows = Rows.of(np.zeros(1000), np.tile([0.0, 10.0], 500))
    added = (rows.scattered(1).y - rows.y) / rows.noise
    assert stats.kstest(added, "norm").pvalue > 1e-3


def test_rows_are_their_own_and_go_into_a_table_of_their_names() -> None:
    x, y = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    rows = Rows.of(x, y)
    x[:], y[:] = 0.0, 0.0
    table = rows.table(("across",), "up")
    assert (table.features, table.target) == (("across",), "up")
    assert (table.X.tolist(), table.y.tolist()) == ([[1.0], [2.0]], [3.0, 4.0])
    with pytest.raises(ValueError, match="read-only"):
        rows.x[0] = 5.0


ONE_FEATURE = "rows can be changed by hand where one feature predicts the target; here there are "
WHY_NOT: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a script": (
        {"script": object(), "features": ()},
        {},
        "a script keeps its rows to itself: they can be changed only where it makes them.",
    ),
    "no feature": ({"features": ()}, {}, f"{ONE_FEATURE}0."),
    "features": ({"features": ("a", "b")}, {"weights": "w"}, f"{ONE_FEATURE}2."),
    "many features": ({"features": tuple(map(str, range(1234)))}, {}, f"{ONE_FEATURE}1,234."),
    "a category": (
        {"features": ("x" * 50,)},
        {"categorical": ("x",)},
        f"{'x' * 39}… stands for a category: there is nothing between its two numbers.",
    ),
    "weights": (
        {},
        {"weights": "w"},
        "rows of different weights cannot be changed by hand: a new one would have none.",
    ),
    "a schedule": (
        {},
        {"schedule": "StepLR"},
        "StepLR lays the learning rate out over the whole run: choose none to change rows by hand.",
    ),
    "rows held out": (
        {},
        {"hold_out": "0.34:2"},
        "rows cannot be changed by hand while others are held out to judge by.",
    ),
    "others of the rows": ({"n_samples": 4}, {}, "4 rows are too many to be changed by hand: at most 1,000 are."),
    "fewer rows": ({"n_samples": 2}, {}, "2 rows are too many to be changed by hand: at most 1,000 are."),
    "more rows": (
        {"n_samples": 1001, "sample_y": np.zeros(1001)},
        {},
        "1,001 rows are too many to be changed by hand: at most 1,000 are.",
    ),
    "as many as may be": ({"n_samples": 1000, "sample_y": np.zeros(1000)}, {}, ""),
    "nothing": ({}, {}, ""),
}


@pytest.mark.parametrize(("of_facts", "of_recipe", "words"), WHY_NOT.values(), ids=WHY_NOT)
def test_why_rows_cannot_be_changed_is_said(of_facts: dict[str, Any], of_recipe: dict[str, Any], words: str) -> None:
    facts = begun().facts
    altered = replace(facts, recipe=replace(facts.recipe, **of_recipe), **of_facts)
    assert why_not(altered) == words


@pytest.mark.parametrize("n_rows", [1, 2, 300])
def test_what_cannot_be_done_with_rows_is_said_with_the_row_as_people_count(n_rows: int) -> None:
    values = np.arange(float(n_rows))
    edits = Edits(Rows.of(values, values), "")
    refused: list[tuple[RowEdit, str]] = [
        (MoveRow(n_rows, 0.0, 0.0), f"there is no row {n_rows + 1}: there are {n_rows}."),
        (RemoveRow(n_rows), f"there is no row {n_rows + 1}: there are {n_rows}."),
        (RemoveRow(1999), f"there is no row 2,000: there are {n_rows}."),
        (MoveRow(-1, 0.0, 0.0), f"there is no row 0: there are {n_rows}."),
        (MoveRow(0, 0.0, -inf), "a point has two finite numbers."),
        (AddRow(nan, 0.0), "a point has two finite numbers."),
        (UndoEdit(), "there is no change of the rows to take back."),
        (RedoEdit(), "no change of the rows was taken back."),
    ]
    if n_rows == 1:
        refused.append((RemoveRow(0), "this is the last row, and without one there is nothing to fit."))
    for edit, words in refused:
        with pytest.raises(LinregError) as refusal:
            edits.edited(edit)
        assert str(refusal.value) == words
        assert edits.rows is edits.named
    edits.edited(AddRow(0.5, 0.5))
    edits.edited(MoveRow(n_rows, 0.75, 0.5))  # the row that has just come
    edits.edited(MoveRow(0, 8.0, 9.0))
    edits.edited(UndoEdit())
    assert edits.rows.x.tolist() == [*values.tolist(), 0.75]
    edits.edited(UndoEdit())
    assert edits.rows is edits.named


def test_a_thousand_rows_are_the_most_by_hand() -> None:
    values = np.arange(999.0)
    edits = Edits(Rows.of(values, values), "")
    edits.edited(AddRow(0.0, 0.0))
    with pytest.raises(LinregError, match=r"^there are 1,000 rows, and no more can be added by hand\.$"):
        edits.edited(AddRow(0.0, 0.0))
    assert len(edits.rows.x) == 1000
    assert edits.rows != replace(edits.rows)


@pytest.mark.parametrize(("names", "header"), [("x,y", None), ("1,2", True)])
def test_the_recipe_of_rows_that_were_written_asks_for_nothing_that_is_no_more(
    tmp_path: Path, names: str, header: bool | None
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"{names}\n1,2\n3,5\n")
    recipe = bundled.find("houses").changed(
        title="t",
        origin="o",
        target="price",
        features=("area",),
        exclude=("rooms",),
        drop_missing=True,
        dialect=PLAIN.changed(separator=";", decimal=","),
        epochs=77,
        standardize=True,
    )
    gone = {"title": "", "origin": "", "target": None, "features": (), "exclude": (), "drop_missing": False}
    expected = replace(recipe, data=str(path), dialect=PLAIN.changed(header=header), **gone)  # type: ignore[arg-type]
    assert recipe_of_file(recipe, path) == expected
    with pytest.raises(LinregError):
        recipe_of_file(recipe, tmp_path / "none.csv")


def test_one_row_is_written_and_so_it_is_said(tmp_path: Path) -> None:
    run = begun()
    for _ in range(2):
        run.edit_rows(RemoveRow(0))
    run.save_rows(tmp_path / "one.csv")
    assert said(run) == f"1 row written to {tmp_path / 'one.csv'}, where the recipe has its data now."
    assert not was_refused(run)
    run.save_rows(tmp_path / "one.csv")
    assert was_refused(run)
    assert "exists" in said(run)


def test_where_rows_were_changed_there_is_no_way_back_beyond() -> None:
    run = ran_to(begun(), 1234)
    run.edit_rows(AddRow(0.5, 2.0))
    ran_to(run, 1300)
    run.go_to(1233)
    assert arrived(run).epoch == 1234
    assert said(run) == "the rows were changed after epoch 1,234: there is no way back beyond; r starts again."
    assert was_refused(run)
    run.go_to(1234)
    notice = run.state(1).notice
    assert notice is not None
    assert notice.number == 1


def test_a_run_goes_to_and_fro_behind_a_change_of_its_rows_and_of_its_rate_before() -> None:
    run, rate = ran_to(begun(), 10), {"lr": 0.02}
    run.set_learning_rate(0.02)
    ran_to(run, 20)
    x, y = np.array([0.0, 1.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0, 1.0])
    stood = run.trainer.parameters.tolist()
    run.edit_rows(AddRow(2.0, 1.0))
    for epoch in (300, 150, 20, 90, 299, 21):
        assert ran_to(run, epoch).epoch == epoch
        w, b, _ = loop(x, y, stood, epoch - 20, **rate)
        np.testing.assert_allclose(run.trainer.parameters, [w.item(), b.item()], rtol=1e-9)
        assert run.state(1).interventions == (Intervention(11, 0.02),)
        assert run.state(1).learning_rate == 0.02


def test_a_fine_history_of_changed_rows_is_cut_and_none_takes_its_place() -> None:
    run = ran_to(begun(), 20)
    run.edit_rows(AddRow(2.0, 1.0))
    history = run.history
    ran_to(run, 60)
    ran_to(run, 40)
    run.set_learning_rate(0.02)
    assert run.history is history
    assert [row.epoch for row in history.kept_rows()] == list(range(41))


def test_rows_that_several_processes_share_are_refused() -> None:
    run = begun()
    run.trainer.problem = replace(run.trainer.problem, ranks=SimpleNamespace(n_ranks=2))  # type: ignore[arg-type]
    run.edit_rows(AddRow(0.0, 0.0))
    assert said(run) == "several processes share the rows: they cannot be changed by hand."
    assert was_refused(run)


@pytest.mark.parametrize("epoch", [-1, 0, 1])
def test_only_before_its_first_epoch_a_run_starts_on_the_changed_rows(epoch: int) -> None:
    run = ran_to(begun(), epoch)
    run.edit_rows(AddRow(2.0, 1.0))
    assert (run.epoch, run.facts.first_epoch, run.history.last_epoch) == (epoch, epoch + 1, epoch)
    assert run.phase is Phase.PAUSED
