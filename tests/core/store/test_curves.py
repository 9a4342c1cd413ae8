"""The curves of a run in the store: to the last bit, only what has changed written, and nothing damaged read."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exactly import same
from linreg import LinregError, Recipe
from linreg.history.curves import LONGEST_NAME, MOST_POINTS, VERSION, Curve, CurvePiece, Curves
from linreg.phase import Phase
from linreg.store import database, schema
from linreg.store.curve_rows import CurveRows
from linreg.store.reader import FILE
from linreg.store.store import RunStore
from linreg.store.writer import RunWriter
from watching import wait_until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    with RunStore(tmp_path) as opened:
        yield opened


def whole(curves: Curves) -> list[dict[str, object]]:
    """Return all that there is to know, but for when it last changed."""
    found = []
    for curve in curves:
        points = curve.points.copy()
        points[:, VERSION] = 0
        found.append(asdict(replace(curve, points=points)))
    return found


def test_what_is_read_is_of_one_moment_though_it_is_written_meanwhile(store: RunStore) -> None:
    curves = Curves()
    run = store.begin(Recipe())
    curves.add("cost", [0], [1.0])
    pieces, held = curves.since(0)
    store.follow_curves(run.id, pieces)
    read = CurveRows._curve

    def meanwhile(rows: CurveRows, *of_it: Any) -> Curve:
        curves.add("cost", [1], [2.0])
        with RunStore(store.home) as another:
            another.follow_curves(run.id, curves.since(held)[0])
        return read(rows, *of_it)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(CurveRows, "_curve", meanwhile)
        assert [curve.n for curve in store.curves(run.id)] == [1]
    assert [curve.n for curve in store.curves(run.id)] == [2]


def test_curves_come_back_to_the_last_bit_however_often_they_are_written(store: RunStore) -> None:
    curves, held = Curves(), 0
    run = store.begin(Recipe())
    random = np.random.default_rng(0)
    for start in range(0, 3 * MOST_POINTS, 700):
        curves.add("every step", np.arange(start, start + 700), random.normal(size=700))
        curves.add("now and then", [start], [[nan, inf, -inf, 0.1][start // 700 % 4]])
        pieces, held = curves.since(held)
        store.follow_curves(run.id, pieces)
        assert same(whole(Curves(store.curves(run.id))), whole(curves))
    assert [curve.name for curve in store.curves(run.id)] == ["every step", "now and then"]
    assert store.curves(run.id)[0].width == 4


def test_a_name_may_be_any_text(store: RunStore) -> None:
    names = ["", "a\0b", "[red]\x1b[2J", "\ud800", "'; DROP TABLE runs; --", "𝔸" * 500]
    curves, run = Curves(), store.begin(Recipe())
    for name in names:
        curves.add(name, [0], [1.0])
    store.follow_curves(run.id, curves.since(0)[0])
    kept = [curve.name for curve in store.curves(run.id)]
    assert kept == [curve.name for curve in curves]
    assert kept == ["", "a\0b", "[red]\x1b[2J", "?", "'; DROP TABLE runs; --", "𝔸" * LONGEST_NAME]


def test_only_what_has_changed_is_written(store: RunStore) -> None:
    curves, run = Curves(), store.begin(Recipe())
    curves.add("a", np.arange(1000), np.zeros(1000))
    pieces, held = curves.since(0)
    store.follow_curves(run.id, pieces)
    before = store._connection.total_changes
    curves.add("a", [1000], [1.0])
    store.follow_curves(run.id, curves.since(held)[0])
    assert store._connection.total_changes - before < 10


def test_a_run_that_is_deleted_takes_its_curves_along(store: RunStore) -> None:
    runs = [store.begin(Recipe()) for _ in range(2)]
    curves = Curves()
    curves.add("a", [0, 1], [1.0, 2.0])
    for run in runs:
        store.follow_curves(run.id, curves.since(0)[0])
    store.finish(runs[0].id, Phase.FINISHED)
    store.delete(runs[0].id)
    assert store._connection.execute("SELECT run FROM points").fetchall() == [(runs[1].number,)] * 2


def test_the_writer_keeps_curves_as_they_grow_and_all_of_them_at_the_end(store: RunStore) -> None:
    curves, run = Curves(), store.begin(Recipe())
    writer = RunWriter(store.home, run, seconds=0.01)
    writer.measure(curves)
    wait_until(lambda: not writer.is_behind)
    curves.add("a", [0], [1.0])
    assert writer.is_behind
    wait_until(lambda: not writer.is_behind)
    assert same(whole(Curves(store.curves(run.id))), whole(curves))
    curves.add("a", [5], [2.0])
    writer.finish(Phase.FINISHED)
    assert same(whole(Curves(store.curves(run.id))), whole(curves))


def test_a_disk_that_fails_once_loses_no_point(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    curves, run = Curves(), store.begin(Recipe())
    writer = RunWriter(store.home, run, seconds=1e6)
    writer.measure(curves)
    follow = RunStore.follow_curves
    calls: list[str] = []

    def fails_once(self: RunStore, word: str, pieces: Iterable[CurvePiece]) -> None:
        calls.append(word)
        if len(calls) == 1:
            raise LinregError("the disk is full.")
        follow(self, word, pieces)

    monkeypatch.setattr(RunStore, "follow_curves", fails_once)
    curves.add("a", [0], [1.0])
    writer.finish(Phase.FINISHED)
    assert len(calls) == 2
    assert same(whole(Curves(store.curves(run.id))), whole(curves))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE points SET value = 'text'",
        "UPDATE points SET step = -4",
        "UPDATE points SET n = 'many'",
        "UPDATE curves SET width = 0",
        "UPDATE curves SET last = NULL",
        "UPDATE curves SET last_step = 0",
        "UPDATE curves SET n = 1",
        "UPDATE curves SET name = x'ff'",
        "DELETE FROM points",
    ],
)
def test_what_somebody_has_altered_is_refused_in_a_sentence(store: RunStore, change: str) -> None:
    curves, run = Curves(), store.begin(Recipe())
    curves.add("a", [0, 1], [1.0, 2.0])
    store.follow_curves(run.id, curves.since(0)[0])
    store._connection.execute("PRAGMA ignore_check_constraints = 1")
    store._connection.execute(change if "step = -4" not in change else f"{change} WHERE step = 0")
    with pytest.raises(LinregError, match=r"the curves of the run .* are damaged"):
        store.curves(run.id)


def test_a_store_of_the_version_before_has_no_curves_and_takes_some(tmp_path: Path) -> None:
    steps = schema.STEPS[:3]
    database.open_database(tmp_path / FILE, steps, schema.APPLICATION, "the store").connection.close()
    with RunStore(tmp_path) as store:
        run = store.begin(Recipe())
        assert store.curves(run.id) == ()
        curves = Curves()
        curves.add("a", [0], [1.0])
        store.follow_curves(run.id, curves.since(0)[0])
        assert [curve.last for curve in store.curves(run.id)] == [1.0]
