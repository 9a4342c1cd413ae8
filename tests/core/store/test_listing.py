"""The list of runs, read again and again: what changed is new, and what did not is not made again."""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linreg import Recipe
from linreg.history.epochs import Epochs
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.store import listing
from linreg.store.owner import Owner
from linreg.store.reader import FILE
from linreg.store.run import Run, run_of, text_of
from linreg.store.store import RunStore


def test_a_run_that_has_ended_is_made_once_however_often_it_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def noted(row: Sequence[Any], changes: Sequence[tuple[int, Any]]) -> Run:
        made.append(row[2])
        return run_of(row, changes)

    monkeypatch.setattr(listing, "run_of", noted)
    with RunStore(tmp_path) as store:
        for name in ("one", "two", "three"):
            store.begin(Recipe(), name=name)
        store.finish("one", Phase.FINISHED)
        store.finish("two", Phase.DIVERGED)
        first, second = store.runs(), store.runs()
    assert made == ["three", "two", "one", "three"]
    assert [run.name for run in second] == ["three", "two", "one"]
    assert first[1:] == second[1:]


@pytest.mark.parametrize("change", ["rename", "interventions", "finish", "row"])
def test_whatever_changes_in_a_run_that_has_ended_is_seen(tmp_path: Path, change: str) -> None:
    with RunStore(tmp_path) as store, RunStore(tmp_path) as other:
        run = store.begin(Recipe(), name="one")
        store.finish("one", Phase.FINISHED)
        (before,) = store.runs()
        match change:
            case "rename":
                other.rename("one", "two")
            case "interventions":
                other.append("one", interventions=[Intervention(3, 0.5)])
            case "finish":
                other.finish("one", Phase.DIVERGED)
            case _:
                other.claim(run.id, epochs=9000)
        (after,) = store.runs()
    seen = (after.name, after.interventions, after.status, after.recipe.epochs)
    assert seen != (before.name, before.interventions, before.status, before.recipe.epochs)


def test_a_process_that_is_gone_is_noticed_though_nothing_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunStore(tmp_path) as store:
        store.begin(Recipe())
        assert [run.status for run in store.runs()] == ["running"]
        monkeypatch.setattr(Owner, "is_alive", lambda _: False)
        assert [run.status for run in store.runs()] == ["interrupted"]


def test_each_run_has_its_own_changes_of_the_learning_rate(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        expected = {}
        for number, name in enumerate(("a", "b", "c")):
            store.begin(Recipe(), name=name)
            expected[name] = tuple(Intervention(epoch, 0.1 * epoch) for epoch in range(1, 1 + number))
            store.append(name, interventions=expected[name])
        assert {run.name: run.interventions for run in store.runs()} == expected
        assert all(store.get(name).interventions == changes for name, changes in expected.items())


def test_a_damaged_row_is_passed_over_and_seen_again_once_it_is_whole(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        whole = store.begin(Recipe(), name="whole")
        store.begin(Recipe(), name="damaged")
        _write(store, "owner", "{", "damaged")
        assert [run.name for run in store.runs()] == ["whole"]
        _write(store, "owner", text_of(replace(whole.owner).as_dict()), "damaged")
        assert [run.name for run in store.runs()] == ["damaged", "whole"]


def _write(store: RunStore, column: str, text: str, name: str) -> None:
    with sqlite3.connect(store.home / FILE) as connection:
        connection.execute(f"UPDATE runs SET {column} = ? WHERE name = ?", (text, name))
    connection.close()


def test_how_far_a_running_script_goes_is_said_only_where_it_is_known(tmp_path: Path) -> None:
    with RunStore(tmp_path) as store:
        store.begin(Recipe(epochs=77), name="theirs", script="train.py")  # as far as it was, a second ago
        n = 116
        parts = (np.ones(n), None, np.full(n, 0.1), np.zeros((n, 2)))
        store.append("theirs", Epochs(np.arange(n), *parts))
        assert (store.get("theirs").epoch, store.get("theirs").last_epoch) == (115, None)
        store.describe("theirs", Recipe(epochs=2999), {})
        assert store.get("theirs").last_epoch == 2999
        store.describe("theirs", Recipe(epochs=115), {})
        assert store.get("theirs").last_epoch is None
        store.finish("theirs", Phase.FINISHED)
        assert store.get("theirs").last_epoch == 115
