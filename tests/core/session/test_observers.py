"""A session that is kept: what the store has is what was trained, and taking it up again changes no bit."""

from collections.abc import Callable
from dataclasses import asdict
from math import inf
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from exactly import same
from lecture import exercise1
from linreg import LinregError, Recipe
from linreg.data import bundled
from linreg.live.edits import AddRow, RemoveRow
from linreg.live.state import Intervention, State
from linreg.phase import Phase
from linreg.remote.client import attach
from linreg.remote.discovery import running
from linreg.remote.sockets import sockets_folder
from linreg.session.resume import ResumedStart, ResumeOptions
from linreg.session.session import Session
from linreg.session.start import RecordedStart
from linreg.store import checkpoint
from linreg.store.recording import ROWS_CHANGED
from linreg.store.run import Run
from linreg.store.store import RunStore
from patience import PATIENCE
from watching import check_same_history, wait_until

RECIPES: dict[str, dict[str, Any]] = {
    "spectral": {"options": {"momentum": 0.9}},
    "gram": {"optimizer": "Adam", "learning_rate": 0.01},
    "autograd": {"engine": "autograd", "options": {"momentum": 0.9}},
    "mini-batches": {"batch_size": 2, "optimizer": "Adam", "learning_rate": 0.01},
    "LBFGS": {"optimizer": "LBFGS", "learning_rate": 0.01, "options": {"max_iter": 3}},
}


def _recipe(**choices: Any) -> Recipe:
    return bundled.find("exercise1").changed(**{"every": 1, **choices})


def _recorded(**choices: Any) -> Session:
    return Session(_recipe(**choices), speed=inf, paused=True, start=RecordedStart())


def _loaded(session: Session) -> Run:
    session.wait(lambda state: state.phase is not Phase.LOADING)
    assert session.run is not None
    return session.run


def _at(epoch: int) -> Callable[[State], bool]:
    return lambda state: state.epoch == epoch and not state.phase.is_moving


def _go(session: Session, epoch: int) -> State:
    session.go_to(epoch)
    return session.wait(_at(epoch))


def _in_store(run: Run) -> tuple[Run, Any]:
    with RunStore(Path(run_home(run))) as store:
        return store.get(run.id), store.epochs(run.id)


def run_home(_: Run) -> Path:
    return sockets_folder().parent


def _taken_up(run: Run, **changes: Any) -> Session:
    with RunStore(run_home(run)) as store:
        left = store.get(run.id)
    return Session(
        left.recipe, speed=inf, paused=True, start=ResumedStart(run_home(run), left, ResumeOptions(**changes))
    )


def test_every_epoch_that_a_session_ran_is_kept_and_is_the_lectures() -> None:
    with _recorded(epochs=120) as session:
        run = _loaded(session)
        session.step(50)
        session.wait(_at(49))
        session.play()
        session.wait(lambda state: state.phase is Phase.FINISHED)
    kept, epochs = _in_store(run)
    *oracle, (_, _, cost_of_the_last) = exercise1(nb_epochs=121)
    assert epochs.epoch.tolist() == list(range(121))
    assert epochs.cost == pytest.approx([cost for *_, cost in oracle], rel=1e-5)
    assert epochs.parameters[:, 0] == pytest.approx([w for [w], *_ in oracle], rel=1e-5)
    assert (kept.status, kept.reason, kept.is_alive) == ("finished", "all epochs to 120 have run", False)
    assert kept.result is not None
    assert kept.result["cost"] == pytest.approx(cost_of_the_last, rel=1e-5)


@pytest.mark.parametrize("choices", RECIPES.values(), ids=RECIPES)
def test_a_run_that_is_left_and_taken_up_ends_with_the_bits_of_one_that_was_not(choices: dict[str, Any]) -> None:
    def change(session: Session) -> None:
        _go(session, 60)
        session.back(20)
        session.set_learning_rate(0.02)
        session.step(30)
        session.wait(_at(70))

    with _recorded(epochs=200, **choices) as session:
        undisturbed = _loaded(session)
        change(session)
        _go(session, 200)
        expected, history = session.state, session.history
    with _recorded(epochs=200, **choices) as session:
        run = _loaded(session)
        change(session)
    for goal in (95, 133, 200):
        with _taken_up(run) as session:
            _loaded(session)
            _go(session, goal)
    assert session.history is not None
    assert history is not None
    assert session.history is not history
    check_same_history(history, session.history, len(expected.parameters), 200)
    found = {name: value for name, value in asdict(session.state).items() if name in ("parameters", "cost", "before")}
    assert same(found, {name: asdict(expected)[name] for name in found})
    (one, its_epochs), (other, other_epochs) = _in_store(undisturbed), _in_store(run)
    assert same(asdict(its_epochs), asdict(other_epochs))
    assert one.interventions == other.interventions == (Intervention(41, 0.02),)
    assert (one.status, one.reason) == (other.status, other.reason)


@pytest.mark.parametrize("choices", RECIPES.values(), ids=RECIPES)
def test_a_run_that_was_taken_up_goes_back_to_any_epoch_exactly(choices: dict[str, Any]) -> None:
    with _recorded(**choices) as session:
        run = _loaded(session)
        seen = {}
        for epoch in (3, 20, 21, 50):
            seen[epoch] = _go(session, epoch)
            session.set_learning_rate(0.011 + epoch / 1e4)
    with _taken_up(run) as session:
        _loaded(session)
        assert session.state.epoch == 50
        for epoch in (20, 3, 50, 21):
            state = _go(session, epoch)
            assert same(state.parameters, seen[epoch].parameters)
            assert state.cost == seen[epoch].cost


def test_looking_back_changes_nothing_of_what_is_kept() -> None:
    with _recorded() as session:
        run = _loaded(session)
        _go(session, 80)
        _go(session, 30)
    kept, epochs = _in_store(run)
    assert (kept.status, kept.reason, kept.epoch) == ("interrupted", "put aside", 80)
    assert len(epochs) == 81
    with _taken_up(run) as session:
        _loaded(session)
        assert session.state.epoch == 80


def test_a_change_after_going_back_forgets_what_came_after() -> None:
    with _recorded() as session:
        run = _loaded(session)
        before = _go(session, 80)
        _go(session, 30)
        session.set_learning_rate(0.5)
        after = _go(session, 50)
    kept, epochs = _in_store(run)
    assert kept.interventions == (Intervention(31, 0.5),)
    assert epochs.epoch.tolist() == list(range(51))
    assert epochs.learning_rate.tolist() == [0.01] * 31 + [0.5] * 20
    assert same(epochs.parameters[50], after.parameters)
    assert before.cost != after.cost
    loaded = checkpoint.load(run_home(run) / "runs" / run.id).checkpoint
    assert loaded.snapshot.epoch == 50
    assert loaded.interventions == kept.interventions


def test_a_run_that_had_finished_is_open_again_in_another_future() -> None:
    with _recorded(epochs=60) as session:
        run = _loaded(session)
        _go(session, 60)
        wait_until(lambda: _in_store(run)[0].status == "finished")
        still_open = _in_store(run)[0]
        assert (still_open.is_alive, still_open.ended) == (True, None)
        assert still_open.result is not None
        _go(session, 20)
        assert _in_store(run)[0].status == "finished"
        session.set_learning_rate(0.02)
        wait_until(lambda: _in_store(run)[0].status == "paused")
        assert _in_store(run)[0].result is None
        session.step()
        session.wait(_at(21))
    assert _in_store(run)[0].is_resumable


def test_the_store_says_whether_a_run_moves_or_stands_and_once_its_process_is_gone_that_it_was_left() -> None:
    with _recorded(epochs=10**9) as session:
        run = _loaded(session)
        for request, status in ((session.play, "running"), (session.pause, "paused"), (session.play, "running")):
            request()
            wait_until(lambda status=status: _in_store(run)[0].status == status)  # type: ignore[misc]
            assert _in_store(run)[0].is_alive
        session.pause()
        wait_until(lambda: _in_store(run)[0].status == "paused")
    left = _in_store(run)[0]
    assert (left.status, left.reason) == ("interrupted", "put aside")
    assert left.is_resumable


def test_a_restart_begins_the_record_again_also_from_other_parameters() -> None:
    with _recorded() as session:
        run = _loaded(session)
        _go(session, 40)
        session.set_learning_rate(0.02)
        session.restart()
        _go(session, 10)
        wait_until(lambda: _in_store(run)[0].epoch == 10)
        kept, epochs = _in_store(run)
        assert kept.interventions == ()
        assert epochs.learning_rate.tolist() == [0.02] * 11
        session.restart(new_seed=True)
        last = _go(session, 5)
    kept, epochs = _in_store(run)
    assert (kept.recipe.init, kept.recipe.seed) == ("normal", 1)
    assert len(epochs) == 6
    with _taken_up(run) as session:
        _loaded(session)
        assert session.state.epoch == 5
        assert same(session.state.parameters, last.parameters)
        assert session.facts is not None
        assert same(session.facts.initial, _go(session, -1).parameters)
        assert session.state.learning_rate == 0.02


def test_of_a_run_of_which_nothing_has_run_nothing_is_left() -> None:
    beginning = RecordedStart(is_dispensable=True)
    with Session(_recipe(), paused=True, start=beginning) as session:
        run = _loaded(session)
    with RunStore(run_home(run)) as store:
        assert store.runs() == ()
    assert not list((run_home(run) / "runs").glob("*"))
    with Session(_recipe(), paused=True, start=beginning) as session:
        session.step()
        session.wait(_at(0))
    with RunStore(run_home(run)) as store:
        assert [run.epoch for run in store.runs()] == [0]


def test_a_kept_session_answers_on_its_socket_until_it_ends() -> None:
    with _recorded() as session:
        run = _loaded(session)
        assert [hello.name for hello in running(sockets_folder())] == [run.id]
        with attach(sockets_folder(), run.id) as viewer:
            viewer.step(7)
            session.wait(_at(6))
            viewer.stop()
            assert session.join(PATIENCE)
    assert running(sockets_folder()) == []
    assert _in_store(run)[0].is_resumable


def test_where_nothing_can_be_kept_the_session_trains_and_says_so(own_home: Path) -> None:
    own_home.write_text("")
    with _recorded() as session:
        state = session.wait(lambda state: state.phase is not Phase.LOADING)
        assert state.notice is not None
        assert state.notice.is_error
        assert state.notice.text.startswith("this run is not recorded: cannot keep runs in ")
        assert session.run is None
        assert _go(session, 3).epoch == 3


def test_a_disk_that_refuses_is_told_of_while_the_run_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise LinregError("cannot write: no space left.")

    monkeypatch.setattr(checkpoint, "save", refuse)
    with _recorded() as session:
        _loaded(session)
        session.step()
        state = session.wait(lambda state: state.notice is not None)
        assert state.notice is not None
        assert state.notice.text == "cannot write: no space left. Training goes on, and this is tried again."


def test_a_run_that_a_process_is_at_work_on_cannot_be_taken_up_nor_one_whose_data_changed(tmp_path: Path) -> None:
    data = tmp_path / "rows.csv"
    data.write_text("x,y\n1,1\n2,3\n4,4\n")
    with Session(Recipe(data=str(data), epochs=100), speed=inf, paused=True, start=RecordedStart()) as session:
        run = _loaded(session)
        _go(session, 10)
    data.write_text("x,y\n1,1\n2,3\n4,5\n")
    with _taken_up(run) as session:
        state = session.wait(lambda state: state.phase is Phase.FAILED or state.epoch >= 0)
        assert "the data have changed since" in state.reason
    assert session.exit_status == 2
    assert _in_store(run)[0].is_resumable
    with _taken_up(run, data_changed=True) as session:
        _loaded(session)
        assert _go(session, 11).epoch == 11


def test_random_walks_are_kept_as_they_are_and_taken_up_as_they_were_left() -> None:
    random = Random(7)
    run: Run | None = None
    for _ in range(6):
        with _recorded() if run is None else _taken_up(run) as session:
            run = _loaded(session)
            for _ in range(12):
                choice = random.randrange(5)
                if choice == 0:
                    session.back(random.randrange(30))
                elif choice == 1:
                    session.scale_learning_rate(random.choice([1.25, 0.8]))
                else:
                    session.step(random.randrange(1, 30))
            session.wait(lambda state: state.answered == 12 and not state.phase.is_moving)
            history, last = session.history, session.state
        assert history is not None
        kept, epochs = _in_store(run)
        assert epochs.epoch.tolist() == list(range(history.last_epoch + 1))
        assert kept.interventions[: len(last.interventions)] == last.interventions
        rows = history.rows(10_000)
        assert same(epochs.cost, np.array([row.cost for row in rows]))
        assert same(epochs.parameters, np.array([row.parameters for row in rows]))


def test_a_run_whose_rows_are_changed_is_kept_up_to_there_and_goes_on_from_there_with_its_own() -> None:
    with _recorded() as session:
        run = _loaded(session)
        _go(session, 50)
        session.edit_rows(AddRow(5.0, -5.0))
        told = session.wait(lambda state: state.notice is not None and "recorded no further" in state.notice.text)
        assert (told.epoch, session.has_left_record) == (50, True)
        with attach(sockets_folder(), run.id) as viewer:
            wait_until(lambda: viewer.facts is not None and viewer.facts.n_samples == 4)
            assert viewer.facts is not None
            assert viewer.facts.rows_changed
        _go(session, 80)
        session.restart()
        _go(session, 10)
    left, epochs = _in_store(run)
    assert (left.status, left.reason) == (Phase.INTERRUPTED, ROWS_CHANGED)
    assert (left.epoch, epochs.epoch.tolist()) == (50, list(range(51)))
    with _taken_up(left) as session:
        state = _go(session, 60)
    *_, ([w], b, _) = exercise1(60)
    np.testing.assert_allclose(state.parameters, [w, b], rtol=1e-5)  # the lecture's are of float32


def test_a_run_whose_rows_are_changed_before_its_first_epoch_leaves_nothing_behind() -> None:
    beginning = RecordedStart(is_dispensable=True)
    with Session(_recipe(), speed=inf, paused=True, start=beginning) as session:
        _loaded(session)
        session.edit_rows(RemoveRow(0))
        _go(session, 5)
    with RunStore(sockets_folder().parent) as store:
        assert not store.runs()
