"""A run as a row of the store says it: how it stands, what can be done with it, and what no row can say."""

from dataclasses import replace
from math import inf, nan
from typing import Any

import pytest

from linreg.errors import LinregError
from linreg.history.epochs import cell
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.store.owner import Owner
from linreg.store.run import COLUMNS, LAST_EPOCH, LATEST_TIME, Order, Run, ordered, run_of, text_of

RUN_ID = "0123456789"
GONE = replace(Owner.here(), started="1")
FAR = replace(Owner.here(), host="elsewhere")


def row(**changes: Any) -> list[Any]:
    values = {
        "number": 1,
        "id": RUN_ID,
        "name": "mine",
        "status": "running",
        "reason": "",
        "started": 1e9,
        "ended": None,
        "owner": Owner.here(),
        "recipe": Recipe(data="points.csv", epochs=77).as_dict(),
        "data": None,
        "versions": {"torch": "2"},
        "result": None,
        "every": 1,
        "epoch": 9,
        "cost": 0.5,
        "excess_cost": None,
        "script": "",
    } | changes
    values["owner"] = values["owner"].as_dict() if isinstance(values["owner"], Owner) else values["owner"]
    for name in ("owner", "recipe", "data", "versions", "result"):
        values[name] = text_of(values[name])
    return [values[name] for name in COLUMNS.split()]


def made(changes: tuple[tuple[int, Any], ...] = (), **columns: Any) -> Run:
    return run_of(row(**columns), changes)


STANDS: dict[str, tuple[dict[str, Any], tuple[Phase, str, bool | None, bool]]] = {
    "at work": ({}, (Phase.RUNNING, "", True, False)),
    "standing": ({"status": "paused"}, (Phase.PAUSED, "", True, False)),
    "gone": ({"owner": GONE}, (Phase.INTERRUPTED, "its process is gone", False, True)),
    "gone while it stood": (
        {"owner": GONE, "status": "paused"},
        (Phase.INTERRUPTED, "its process is gone", False, True),
    ),
    "gone, though it had ended": (
        {"owner": GONE, "status": "finished", "reason": "all have run"},
        (Phase.FINISHED, "all have run", False, False),
    ),
    "elsewhere": ({"owner": FAR}, (Phase.RUNNING, "", None, True)),
    "ended": ({"status": "finished", "ended": 2e9, "reason": "so"}, (Phase.FINISHED, "so", False, False)),
    "ended elsewhere": (
        {"status": "stopped", "ended": 2e9, "owner": FAR},
        (Phase.STOPPED, "", False, True),
    ),
    "interrupted": ({"status": "interrupted", "ended": 2e9, "reason": "why"}, (Phase.INTERRUPTED, "why", False, True)),
    "a script's": ({"status": "interrupted", "ended": 2e9, "script": "x.py"}, (Phase.INTERRUPTED, "", False, False)),
}


@pytest.mark.parametrize(("columns", "expected"), STANDS.values(), ids=STANDS)
def test_a_run_stands_as_its_row_and_its_process_say(
    columns: dict[str, Any], expected: tuple[Phase, str, bool | None, bool]
) -> None:
    run = made(**columns)
    assert (run.status, run.reason, run.is_alive, run.is_resumable) == expected


LIMITS: dict[str, tuple[dict[str, Any], str]] = {
    "number 1": ({"number": 1}, ""),
    "number 0": ({"number": 0}, "an epoch is out of range"),
    "every epoch": ({"every": 1}, ""),
    "none of them": ({"every": 0}, "an epoch is out of range"),
    "as few as can be": ({"every": LAST_EPOCH}, ""),
    "fewer": ({"every": LAST_EPOCH + 1}, "an epoch is out of range"),
    "before the first epoch": ({"epoch": -1}, ""),
    "before that": ({"epoch": -2}, "an epoch is out of range"),
    "the last epoch": ({"epoch": 2**60}, ""),
    "one more": ({"epoch": 2**60 + 1}, "an epoch is out of range"),
    "1970": ({"started": 0.0}, ""),
    "1969": ({"started": -1.0}, "a time is out of range"),
    "9892": ({"started": LATEST_TIME}, ""),
    "9893": ({"started": 1.001 * LATEST_TIME}, "a time is out of range"),
    "an end in 1969": ({"ended": -1.0}, "a time is out of range"),
    "an end in 9892": ({"ended": LATEST_TIME}, ""),
    "an end in 9893": ({"ended": 1.001 * LATEST_TIME}, "a time is out of range"),
    "an id that is none": ({"id": "0123"}, "its id is none"),
    "no owner": ({"owner": None}, ""),
    "a status that is none": ({"status": "splendid"}, "'splendid' is not a valid Phase"),
    "a cost that is none": ({"cost": b"short"}, "is no number"),
    "an excess cost that is none": ({"excess_cost": "low"}, "is no number"),
    "a name that is a number": ({"name": 3}, "name is not of its type"),
}


@pytest.mark.parametrize(("columns", "words"), LIMITS.values(), ids=LIMITS)
def test_what_no_run_can_be_is_said_to_be_damaged(columns: dict[str, Any], words: str) -> None:
    if not words and columns != {"owner": None}:
        made(**columns)
        return
    with pytest.raises(LinregError) as caught:
        made(**columns)
    said = str(caught.value)
    name, run_id = columns.get("name", "mine"), columns.get("id", RUN_ID)
    assert said.startswith(f"what is known of the run {name} is damaged: ")
    assert words in said
    assert said.endswith(f"; delete it by its id, {run_id}.")
    assert ".;" not in said


@pytest.mark.parametrize(
    ("change", "is_sound"),
    [
        ((-1, 0.5), True),
        ((-2, 0.5), False),
        ((2**60, 0.5), True),
        ((2**60 + 1, 0.5), False),
        ((3, None), False),
        ((3, cell(nan)), True),
    ],
)
def test_a_change_of_the_rate_is_one_that_can_have_been(change: tuple[int, Any], is_sound: bool) -> None:
    if is_sound:
        first, second = made(((1, 0.25), change)).interventions
        assert first == Intervention(1, 0.25)
        assert second.epoch == change[0]
        return
    with pytest.raises(LinregError, match="is damaged"):
        made(((1, 0.25), change))


@pytest.mark.parametrize(
    ("columns", "last"),
    [
        ({}, 77),
        ({"epoch": 90}, 77),
        ({"script": "x.py"}, 77),
        ({"script": "x.py", "epoch": 76}, 77),
        ({"script": "x.py", "epoch": 77}, None),
        ({"script": "x.py", "epoch": 77, "status": "finished", "ended": 2e9}, 77),
    ],
    ids=str,
)
def test_a_script_that_is_beyond_what_it_has_said_has_not_said_how_far_it_goes(
    columns: dict[str, Any], last: int | None
) -> None:
    assert made(**columns).last_epoch == last


@pytest.mark.parametrize(
    ("columns", "kept", "expected"),
    [
        ({"status": "finished", "reason": "all", "ended": 2e9}, 9, (Phase.FINISHED, "all")),
        ({"status": "finished", "reason": "all", "ended": 2e9}, 8, (Phase.PAUSED, "finished: all")),
        ({"status": "finished", "ended": 2e9}, 10, (Phase.PAUSED, "finished")),
        ({}, 9, (Phase.PAUSED, "the run is still going on")),
        ({"owner": GONE}, 9, (Phase.PAUSED, "interrupted: its process is gone")),
        ({"owner": FAR}, 9, (Phase.PAUSED, "running")),
    ],
)
def test_how_a_run_stands_after_the_last_epoch_that_is_kept(
    columns: dict[str, Any], kept: int, expected: tuple[Phase, str]
) -> None:
    assert made(**columns).stands_after(kept) == expected


def test_a_run_is_found_by_its_name_status_data_or_optimizer_in_any_case() -> None:
    run = made(name="Ünder", recipe=Recipe(data="/data/Points.csv", optimizer="Adam").as_dict())
    for text in ("", "ünd", "UNNI", "points.CSV", "aDaM"):
        assert run.contains(text), text
    for text in ("sgd", "mine", "0123456789", "underr"):
        assert not run.contains(text), text


def test_runs_are_sorted_and_those_that_are_alike_stay_as_they_came() -> None:
    columns: list[dict[str, Any]] = [
        {"name": "b", "status": "finished", "ended": 2e9, "epoch": 5, "cost": cell(nan)},
        {"name": "A", "status": "diverged", "ended": 2e9, "epoch": 900, "cost": cell(inf)},
        {"name": "c", "status": "diverged", "ended": 2e9, "epoch": 5, "cost": -1.0},
        {"name": "a", "status": "converged", "ended": 2e9, "epoch": -1, "cost": None},
        {"name": "d", "status": "finished", "ended": 2e9, "epoch": 900, "cost": 0.5},
    ]
    runs = [made(number=5 - place, **each) for place, each in enumerate(columns)]
    expected: dict[Order, str] = {
        "newest": "bAcad",
        "oldest": "dacAb",
        "name": "Aabcd",
        "status": "aAcbd",
        "epoch": "Adbca",
        "cost": "cdbAa",
    }
    for order, names in expected.items():
        assert "".join(run.name for run in ordered(runs, order)) == names, order
