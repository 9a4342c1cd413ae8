"""A run in another process, watched and controlled as if it ran here; here both ends are in one process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from math import inf
from pathlib import Path
from random import Random
from socket import SHUT_RDWR
from typing import Any

import pytest

from bad_paths import bad_paths
from exactly import same
from linreg import LinregError
from linreg.data import bundled
from linreg.history.history import History
from linreg.history.increment import Held
from linreg.live.control import Control
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.remote.client import ENDED, GONE, NOT_UNDERSTOOD, AttachedRun, attach
from linreg.remote.frames import VERSION
from linreg.remote.messages import Greeting, Update, encoded
from linreg.remote.server import Server
from linreg.session.session import Session
from linreg.training.fitted import load_model
from patience import PATIENCE
from watching import check_same, impostor, wait_until

RECIPES: dict[str, dict[str, Any]] = {
    "spectral": {},
    "gram": {"optimizer": "Adam", "learning_rate": 0.01},
    "autograd": {"engine": "autograd"},
    "mini-batches": {"batch_size": 2},
    "Rprop": {"optimizer": "Rprop", "learning_rate": 0.01},
    "absolute error": {"criterion": "L1Loss"},
}


@contextmanager
def served(
    folder: Path, name: str = "exercise1", *, paused: bool = True, **choices: Any
) -> Iterator[tuple[Session, AttachedRun]]:
    recipe = bundled.find(name).changed(**choices)
    with Session(recipe, speed=inf, paused=paused) as session, Server(session, folder, "run"):
        session.wait(lambda state: state.phase is not Phase.LOADING)
        with attach(folder, "run") as viewer:
            yield session, viewer


def test_the_held_out_cost_and_the_best_epoch_come_along(tmp_path: Path) -> None:
    choices = {"hold_out": "0.8:3", "learning_rate": 0.02, "patience": 30, "epochs": 400}
    with served(tmp_path, "houses", paused=True, **choices) as (session, viewer):
        viewer.play()
        last = session.wait(lambda state: state.phase is Phase.CONVERGED)
        wait_until(lambda: viewer.state.phase is Phase.CONVERGED)
        assert (viewer.state.best_epoch, viewer.state.best_cost) == (last.best_epoch, last.best_cost)
        assert viewer.state.result is not None
        assert viewer.state.result.best is not None
        assert viewer.state.result.best.epoch == last.best_epoch == last.epoch - 30
        assert viewer.history is not None
        assert session.history is not None
        for history in (viewer.history, session.history):
            row = history.row(last.epoch)
            assert row is not None
            assert row.held_out_cost is not None
            assert history.series("held_out", 10**6).mean.min() == last.best_cost


def _walk(control: Control, random: Random, last_epoch: int) -> None:
    choices: list[Callable[[], None]] = [
        control.play,
        control.pause,
        lambda: control.step(random.choice([1, 10])),
        lambda: control.back(random.choice([1, 10])),
        lambda: control.go_to(random.randint(-1, last_epoch)),
        lambda: control.set_learning_rate(random.choice([0.01, 0.3, 1e6, inf, -1.0])),
        lambda: control.scale_learning_rate(random.choice([1.25, 0.8])),
        lambda: control.set_speed(random.choice([10.0, 1000.0, inf])),
        lambda: control.restart(new_seed=random.random() < 0.5),
        control.recover,
    ]
    random.choice(choices)()


def _has_speed(session: Session, speed: float) -> bool:
    return session.state.speed == speed


@pytest.mark.parametrize("name", RECIPES)
def test_after_any_requests_both_ends_show_the_same_to_the_last_bit(tmp_path: Path, name: str) -> None:
    random, last_epoch = Random(name), 6000
    with served(tmp_path, epochs=last_epoch, every=7, **RECIPES[name]) as (session, viewer):
        for sign in range(1000, 1006):
            for _ in range(10):
                _walk(session if random.random() < 0.3 else viewer, random, last_epoch)
            viewer.pause()
            viewer.set_speed(sign)  # once this is seen, all before it has been heard
            wait_until(partial(_has_speed, session, sign))
            check_same(viewer, session)


def test_every_request_does_to_the_run_what_it_does_at_home(tmp_path: Path) -> None:
    with served(tmp_path, epochs=10**9) as (session, viewer):
        viewer.step(3)
        session.wait(lambda state: state.epoch == 2)
        viewer.back(2)
        session.wait(lambda state: state.epoch == 0)
        viewer.go_to(50)
        session.wait(lambda state: state.epoch == 50)
        viewer.set_learning_rate(0.25)
        session.wait(lambda state: state.learning_rate == 0.25)
        viewer.scale_learning_rate(0.5)
        session.wait(lambda state: state.learning_rate == 0.125)
        viewer.set_speed(7)
        session.wait(lambda state: state.speed == 7)
        viewer.set_speed(inf)
        session.wait(lambda state: state.speed == inf)
        viewer.play()
        session.wait(lambda state: state.phase is Phase.RUNNING)
        viewer.pause()
        session.wait(lambda state: state.phase is Phase.PAUSED)
        viewer.restart()
        session.wait(lambda state: state.epoch == -1 and state.notice is None)
        viewer.restart(new_seed=True)
        session.wait(lambda state: state.notice is not None)
        viewer.set_learning_rate(1e9)
        viewer.play()
        session.wait(lambda state: state.phase is Phase.DIVERGED)
        viewer.recover()
        session.wait(lambda state: state.phase is Phase.PAUSED)
        check_same(viewer, session)


def test_a_model_is_saved_where_the_viewer_means_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path / "sockets", paused=False) as (session, viewer):
        session.wait(lambda state: state.phase is Phase.FINISHED)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        with monkeypatch.context() as there:
            there.chdir(elsewhere)
            viewer.save(Path("model.safetensors"))
        wait_until(lambda: viewer.state.notice is not None)
    assert load_model(elsewhere / "model.safetensors").w is not None


def test_a_viewer_that_names_a_path_that_cannot_be_looked_at_hears_so_and_the_run_goes_on(tmp_path: Path) -> None:
    with served(tmp_path / "sockets") as (session, viewer):
        wait_until(lambda: viewer.state.phase is Phase.PAUSED)
        for number, path in enumerate(bad_paths(tmp_path, ".safetensors"), 1):
            viewer.save(Path(path))
            assert viewer.state.notice is not None, number
            assert "cannot look at" in viewer.state.notice.text
            if "\0" not in path and len(path) < 4000:  # another program may not look first
                viewer._request("save", path=str(tmp_path / path), replaces=False)
        viewer.step(3)
        wait_until(lambda: viewer.state.epoch == 2)
        assert session.state.notice is not None
        assert session.state.notice.is_error


def test_a_run_can_be_watched_while_it_still_loads_and_when_it_has_failed(tmp_path: Path) -> None:
    session = Session(Recipe(data=str(tmp_path / "nothing.csv")))
    with Server(session, tmp_path / "s", "run"), attach(tmp_path / "s", "run") as viewer:
        wait_until(lambda: viewer.state.phase is Phase.LOADING)
        assert viewer.facts is None
        assert viewer.history is None
        with session:
            wait_until(lambda: viewer.state.phase is Phase.FAILED)
        assert "nothing.csv" in viewer.state.reason
        assert viewer.state.reason == session.state.reason


def test_what_is_asked_for_last_is_heard_though_the_viewer_leaves(tmp_path: Path) -> None:
    with served(tmp_path, epochs=10**9, paused=False) as (session, viewer):
        session.wait(lambda state: state.epoch > 10**6)
        viewer.pause()
        viewer.close()
        session.wait(lambda state: state.phase is Phase.PAUSED)


def test_leaving_leaves_the_run_alone(tmp_path: Path) -> None:
    with served(tmp_path, epochs=10**9, paused=False) as (session, viewer):
        viewer.close()
        viewer.pause()
        epoch = session.state.epoch
        session.wait(lambda state: state.phase is Phase.RUNNING and state.epoch > epoch)


def test_a_run_that_ends_says_so_and_stays_to_be_looked_at(tmp_path: Path) -> None:
    with Session(bundled.find("exercise1"), speed=inf) as session, Server(session, tmp_path, "run") as server:
        with attach(tmp_path, "run") as viewer:
            last = session.wait(lambda state: state.phase is Phase.FINISHED)
            wait_until(lambda: viewer.state.phase is Phase.FINISHED)
            server.close()
            wait_until(lambda: viewer.state.notice is not None)
            assert viewer.state.notice is not None
            assert viewer.state.notice.text == ENDED
            told = {**asdict(viewer.state), "notice": last.notice, "version": last.version}
            assert same(told, asdict(last))
            version = viewer.state.version
            viewer.step()
            assert viewer.state.version == version + 1
            assert viewer.state.notice is not None
            assert viewer.state.notice.text == ENDED
            assert viewer.exit_status == 0
        assert viewer.history is not None
        assert viewer.history.last_epoch == last.epoch


def test_a_run_that_is_put_aside_before_its_end_says_so(tmp_path: Path) -> None:
    with served(tmp_path) as (session, viewer):
        viewer.step(5)
        wait_until(lambda: viewer.state.epoch == 4)
        viewer.stop()
        assert session.join(PATIENCE)
        wait_until(lambda: viewer.state.phase is Phase.STOPPED)
        assert viewer.state.epoch == 4


def test_a_run_that_has_hung_up_on_a_viewer_but_goes_on_is_watched_on(tmp_path: Path) -> None:
    session = Session(bundled.find("exercise1"), paused=True)
    with session, Server(session, tmp_path, "run") as server, attach(tmp_path, "run") as viewer:
        for epoch in (4, 9):
            viewer.step(5)
            wait_until(lambda: viewer.state.epoch == epoch)  # noqa: B023
            (there,) = server._viewers
            there.connection.socket.shutdown(SHUT_RDWR)
            wait_until(lambda: server.n_watching > 0 and there not in server._viewers)  # noqa: B023
        session.step(5)
        session.wait(lambda state: state.epoch == 14)
        check_same(session, viewer)


HELLO = encoded(Greeting("run", 1, Recipe()))


def test_a_process_that_goes_without_a_word_is_told_and_nothing_hangs(tmp_path: Path) -> None:
    with impostor(tmp_path, HELLO) as accepted, attach(tmp_path, "run") as viewer:
        accepted[0].close()
        wait_until(lambda: viewer.state.phase is Phase.FAILED)
        assert viewer.state.reason == GONE.rstrip(".")
        viewer.play()
        assert viewer.state.notice is not None
        assert viewer.exit_status == 1


@pytest.mark.parametrize(
    "said",
    [
        b"\0" * 16,
        HELLO,
        encoded(Update())[:-1] + b"?",
        encoded(Update(increment=History(2).since(Held(), most=1, latest=1))),
        encoded(Update(state=None)).replace(b"null", b"1.25"),
    ],
)
def test_what_is_not_understood_ends_the_watching_with_a_sentence(tmp_path: Path, said: bytes) -> None:
    with impostor(tmp_path, HELLO, said), attach(tmp_path, "run") as viewer:
        wait_until(lambda: viewer.state.phase is Phase.FAILED)
        assert viewer.state.reason == NOT_UNDERSTOOD.rstrip(".")


def test_requests_to_one_that_never_listens_neither_wait_nor_pile_up(tmp_path: Path) -> None:
    with impostor(tmp_path, HELLO), attach(tmp_path, "run") as viewer:
        for _ in range(20_000):
            viewer.step()
        assert sum(map(len, viewer._requests)) <= 2**16


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", "does not answer"),
        (b"lrn" + bytes([VERSION + 1]) + HELLO[4:], "another version of linreg"),
        (HELLO[:-1], "does not answer"),
        (encoded(Update()), "does not answer"),
    ],
)
def test_one_that_does_not_greet_is_one_sentence(tmp_path: Path, said: bytes, words: str) -> None:
    with impostor(tmp_path, said), pytest.raises(LinregError, match=words):
        attach(tmp_path, "run", patience=0.5)


def test_a_run_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match=r"no process answers for the run \[red\]x"):
        attach(tmp_path, "[red]x\x1b")
