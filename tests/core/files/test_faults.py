"""A fault of ours is one sentence that asks for a report, and names a file with the traceback."""

import errno
import os
import tempfile
import threading
from pathlib import Path

import pytest

from linreg import LinregError
from linreg.cli import app
from linreg.files.faults import reported, shortage, told


def a_fault() -> ZeroDivisionError:
    try:
        return ZeroDivisionError(str(1 // 0))
    except ZeroDivisionError as problem:
        return problem


def named(said: str) -> Path:
    assert said.startswith("internal error: ZeroDivisionError: ")
    assert "please report it: its traceback is in " in said
    return Path(said.partition("its traceback is in ")[2].removesuffix("."))


def test_the_traceback_is_kept_in_the_home_for_its_owner_alone(own_home: Path) -> None:
    paths = {named(reported(a_fault())) for _ in range(3)}
    assert len(paths) == 3
    for path in paths:
        assert path.parent.parent == own_home
        assert path.stat().st_mode & 0o777 == 0o600
        assert "1 // 0" in path.read_text()


def test_it_is_kept_elsewhere_where_the_home_cannot_be_written(own_home: Path, tmp_path: Path) -> None:
    own_home.write_text("in the way")
    path = named(reported(a_fault()))
    assert path.parent == Path(tempfile.gettempdir())
    assert path.stat().st_mode & 0o777 == 0o600
    assert "1 // 0" in path.read_text()
    path.unlink()


def test_it_says_so_where_it_can_be_kept_nowhere(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    assert reported(a_fault()).endswith("please report it: its traceback could not be written anywhere.")


def test_the_command_exits_with_70(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise a_fault()

    monkeypatch.setattr("linreg.data.bundled.find", fail)
    assert app.run_command_line(["run"]) == 70
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert named(said.removeprefix("linreg: ").rstrip()).exists()


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (MemoryError(), "not enough memory"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "not enough memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"), "not enough memory"),
        (ImportError("libtorch.so: failed to map segment from shared object"), "not enough memory"),
        (RuntimeError("can't start new thread"), "no more threads or processes"),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), "no more threads or processes"),
    ],
)
def test_what_the_machine_lacks_is_no_fault_and_no_output_that_cannot_be_written(
    problem: Exception, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_home: Path
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise problem

    assert words in shortage(problem)
    monkeypatch.setattr("linreg.data.bundled.find", fail)
    assert app.run_command_line(["run"]) == 2
    assert words in capsys.readouterr().err
    assert not own_home.exists()


@pytest.mark.parametrize("n_threads", [0, 3])
def test_too_few_threads_are_a_sentence_before_any_library_meets_them(
    n_threads: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    start, left, before = threading.Thread.start, [None] * n_threads, threading.active_count()

    def limited(thread: threading.Thread) -> None:
        if not left:
            raise RuntimeError("can't start new thread")
        left.pop()
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    monkeypatch.setattr("linreg.data.bundled.find", lambda _: pytest.fail("it goes on"))
    assert app.run_command_line(["run", "exercise1"]) == 2
    said = capsys.readouterr().err
    assert said == (
        "linreg: no more threads or processes may be started here: end others, or raise the limit (ulimit -u).\n"
    )
    assert threading.active_count() == before


def test_what_is_the_inputs_fault_is_its_own_sentence(own_home: Path) -> None:
    assert told(LinregError("there is no such column.")) == "there is no such column."
    assert not own_home.exists()
