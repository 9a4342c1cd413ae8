"""``linreg run --record``: what is kept of a run, and that the run is the same as without."""

import csv
import io
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import pytest

import linreg
from command import going
from linreg import LinregError
from linreg.cli.app import run_command_line
from linreg.engines.ranks import Ranks
from linreg.phase import Phase
from linreg.remote.client import attach
from linreg.remote.messages import Greeting, encoded
from linreg.remote.sockets import address, sockets_folder
from linreg.store import checkpoint
from linreg.store.store import RunStore
from linreg.store.writer import RunWriter
from patience import PATIENCE
from watching import impostor, wait_until

ENDLESS = ["run", "exercise1", "--engine", "autograd", "--epochs", "1000000000"]
AT_NIGHT = [*ENDLESS, "--name", "night", "-q"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LINREG_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> tuple[str, str]:
    assert run_command_line(list(arguments)) == status
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_a_recorded_run_prints_what_it_prints_without(capsys: pytest.CaptureFixture[str]) -> None:
    plain, narration = said(capsys, "run", "exercise1")
    recorded, recorded_narration = said(capsys, "run", "exercise1", "--record")
    assert recorded == plain
    assert "recorded as exercise1\n" in recorded_narration
    assert "recorded" not in narration
    assert said(capsys, "run", "exercise1", "--record", "-q")[1] == ""


def test_every_epoch_is_kept_with_its_end_and_where_to_go_on_from(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    rows = said(capsys, "run", "exercise1", "--epochs", "60", "--every", "1", "--format", "csv", "--name", "a run")[0]
    with RunStore(home) as store:
        run, epochs, folder = store.get("a run"), store.epochs("a run"), store.folder(store.get("a run"))
    printed = list(csv.DictReader(io.StringIO(rows)))
    assert epochs.epoch.tolist() == [int(row["epoch"]) for row in printed] == list(range(61))
    assert epochs.cost.tolist() == [float(row["cost"]) for row in printed]
    assert (run.status, run.reason, run.epoch) == ("finished", "all epochs to 60 have run", 60)
    assert run.result is not None
    assert run.result["w"] == {"x": float(printed[-1]["x"])}
    assert run.data is not None
    assert checkpoint.load(folder).checkpoint.snapshot.epoch == 60


def test_of_epochs_that_are_jumped_over_evenly_spread_ones_are_kept(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    said(capsys, "run", "exercise1", "--epochs", "1000000000", "--record", "-q")
    said(capsys, "run", "exercise1", "--epochs", "1000", "--record", "-q")
    with RunStore(home) as store:
        jumped, whole = store.epochs("exercise1"), store.epochs("exercise1-2")
    gaps = set((jumped.epoch[1:-1] - jumped.epoch[:-2]).tolist())
    assert len(jumped) > 500
    assert len(gaps) == 1
    assert jumped.epoch[-1] == 1000000000
    assert len(whole) == 1001


@pytest.mark.parametrize("name", ["latest", " ", "x" * 101])
def test_a_name_that_no_run_can_have_is_refused_before_training(capsys: pytest.CaptureFixture[str], name: str) -> None:
    out, complaint = said(capsys, "run", "exercise1", "--name", name, status=2)
    assert out == ""
    assert complaint.startswith("linreg: ")
    assert complaint.count("\n") == 1


def test_where_nothing_can_be_kept_training_goes_on_with_a_warning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LINREG_HOME", str(tmp_path / "file"))
    plain = said(capsys, "run", "exercise1")[0]
    recorded, narration = said(capsys, "run", "exercise1", "--record", "-q")
    assert recorded == plain.splitlines(keepends=True)[-1]
    assert narration.startswith("warning: this run is not recorded: cannot keep runs in ")
    assert narration.count("\n") == 1


def test_a_run_of_several_processes_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Two(Ranks):
        n_ranks = 2

    @contextmanager
    def joined() -> Iterator[Ranks]:
        yield Two()

    monkeypatch.setattr("linreg.engines.ranks.joined", joined)
    assert "several processes" in said(capsys, "run", "exercise1", "--record", status=2)[1]
    assert "one process" in said(capsys, "resume", status=2)[1]


def test_a_module_that_fails_leaves_an_interrupted_run(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path
) -> None:
    (tmp_path / "failing.py").write_text(
        "import torch\n"
        "class Failing(torch.nn.Linear):\n"
        "    calls = 0\n"
        "    def __init__(self, n=1):\n"
        "        super().__init__(1, 1)\n"
        "    def forward(self, x):\n"
        "        Failing.calls += 1\n"
        "        if Failing.calls > 30:\n"
        "            raise RuntimeError('enough')\n"
        "        return super().forward(x)\n"
    )
    complaint = said(
        capsys, "run", "exercise1", "--module", f"{tmp_path}/failing.py:Failing", "--record", "-q", status=2
    )[1]
    with RunStore(home) as store:
        run = store.get("latest")
    assert "enough" in complaint
    assert (run.status, run.is_resumable) == ("interrupted", True)
    assert run.reason in complaint


def test_recorded_runs_are_listed_filtered_and_sorted(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "runs") == ("", "there are no such runs; linreg run --record keeps one\n")
    said(capsys, "run", "exercise1", "--record", "-q")
    said(capsys, "run", "houses", "--record", "-q", "--lr", "1e300", status=3)
    said(capsys, "run", "exercise1", "--epochs", "7", "--name", "short", "-q")

    def names(*options: str) -> list[str]:
        out, _ = said(capsys, "runs", "list", "--format", "csv", *options)
        return [row["name"] for row in csv.DictReader(io.StringIO(out))]

    assert names() == ["short", "houses", "exercise1"]
    assert names("--sort", "oldest") == ["exercise1", "houses", "short"]
    assert names("--sort", "cost") == ["exercise1", "short", "houses"]
    assert names("--status", "diverged") == ["houses"]
    assert names("--data", "EXERCISE") == ["short", "exercise1"]
    table = said(capsys, "runs")[0].splitlines()
    assert table[0].split()[:4] == ["name", "status", "data", "optimizer"]
    assert [line.split()[0] for line in table[2:]] == ["short", "houses", "exercise1"]
    _, narration = said(capsys, "runs", "list", "--sort", "nothing", status=2)
    assert "'nothing' is not one of 'newest', 'oldest'" in narration


def test_a_run_is_shown_renamed_and_removed(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    said(capsys, "run", "exercise1", "--epochs", "5", "--record", "-q")
    shown = dict(line.split("  ", 1) for line in said(capsys, "runs", "show", "latest")[0].splitlines())
    assert shown["status"].strip() == "finished: all epochs to 5 have run"
    assert shown["kept"].strip() == "6 of 6 epochs"
    said(capsys, "runs", "rename", "exercise1", "another")
    folder = home / "runs"
    assert len(list(folder.iterdir())) == 1
    assert said(capsys, "runs", "rm", "another")[1] == "removed another\n"
    assert list(folder.iterdir()) == []
    assert "there is no run 'another'" in said(capsys, "runs", "show", "another", status=2)[1]


@pytest.mark.parametrize("change", [("rm",), ("stop",), ("rename", "other")], ids=" ".join)
def test_a_run_is_changed_by_its_whole_name_only(
    capsys: pytest.CaptureFixture[str], home: Path, change: tuple[str, ...]
) -> None:
    for name in ("exp", "exp-2"):
        said(capsys, "run", "exercise1", "--epochs", "5", "--name", name, "-q")
    said(capsys, "runs", "rm", "exp")
    _, narration = said(capsys, "runs", change[0], "exp", *change[1:], status=2)
    assert narration.startswith("linreg: there is no run called 'exp': to change a run takes its whole name or id, as")
    assert "exp-2 (" in narration
    assert said(capsys, "runs", "show", "exp")[0].split()[1] == "exp-2"


def test_a_damaged_run_is_removed_by_its_id(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    said(capsys, "run", "exercise1", "--epochs", "5", "--record", "-q")
    with sqlite3.connect(home / "runs.sqlite") as connection:
        (run_id,) = connection.execute("SELECT id FROM runs").fetchone()
        connection.execute("UPDATE runs SET recipe = '{'")
    connection.close()
    assert f"delete it by its id, {run_id}" in said(capsys, "runs", "show", "exercise1", status=2)[1]
    assert said(capsys, "runs", "rm", run_id)[1] == "removed exercise1\n"


def test_a_run_that_goes_is_stopped_by_another_command_and_can_go_on(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path
) -> None:
    with going(*AT_NIGHT) as process:
        wait_until(lambda: home.exists() and _epoch(home) > 0)
        assert said(capsys, "runs", "stop", "night")[1] == "stopped night\n"
        assert "night" in said(capsys, "runs", "list", "--status", "interrupted")[0]
        out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    with RunStore(home) as store:
        run = store.get("night")
    assert (run.reason, run.is_resumable) == ("stopped by who watched it", True)
    assert out.split()[1].startswith(f"{run.epoch}/")
    assert "is not going" in said(capsys, "runs", "stop", "night", status=2)[1]


def test_who_asks_for_the_end_hears_of_it_once_it_is_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def finish(recorder: RunWriter, *arguments: Any) -> None:
        sleep(0.3)  # as on a slow disk
        finished(recorder, *arguments)
        seen.append("written")

    finished = RunWriter.finish
    monkeypatch.setattr(RunWriter, "finish", finish)

    def stop() -> None:
        wait_until(lambda: home.exists() and _epoch(home) > 0)
        with RunStore(home) as store, attach(sockets_folder(), store.get("latest").id) as viewer:
            viewer.stop()
            assert viewer.wait_for_end(PATIENCE)
            assert viewer.exit_status == 0
            seen.append("heard")

    with ThreadPoolExecutor(1) as pool:
        stopped = pool.submit(stop)
        run = ["run", "exercise1", "--engine", "autograd", "--epochs", "1000000", "--record", "-q"]
        assert run_command_line(run) == 0
        stopped.result()
    assert seen == ["written", "heard"]


def test_a_run_that_goes_without_a_word_has_not_been_stopped(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    with going(*AT_NIGHT) as process:
        wait_until(lambda: home.exists() and _epoch(home) > 0)
        with RunStore(home) as store:
            run = store.get("night")
        address(sockets_folder(), run.id).unlink()
        hello = encoded(Greeting(run.id, process.pid, run.recipe, run.name))
        with impostor(sockets_folder(), hello, name=run.id) as accepted:
            answered = ThreadPoolExecutor(1).submit(run_command_line, ["runs", "stop", "night"])
            wait_until(lambda: bool(accepted))
            accepted[0].close()
            assert answered.result() == 2
    assert "the run night went without a word; its last checkpoint is kept" in capsys.readouterr().err


def test_who_watches_a_plain_run_pauses_it_takes_it_back_and_changes_it(home: Path) -> None:
    with going(*ENDLESS, "--every", "1", "--record", "--format", "csv") as process:
        assert process.stdout is not None
        head = [process.stdout.readline() for _ in range(200)]
        with linreg.attach("latest") as viewer:
            viewer.pause()
            wait_until(lambda: viewer.state.phase is Phase.PAUSED)
            viewer.go_to(100)
            viewer.set_learning_rate(0.02)
            viewer.step(5)
            viewer.restart(new_seed=True)
            wait_until(lambda: viewer.state.epoch == 105 and not viewer.state.phase.is_moving)
            assert viewer.state.notice is not None
            assert "start another one" in viewer.state.notice.text
            last = viewer.state
            viewer.stop()
        rest = process.stdout.read()
    assert process.returncode == 0
    rows = [line.split(",") for line in [*head, *rest.splitlines(keepends=True)][1:]]
    epochs = [int(row[0]) for row in rows]
    at = epochs.index(101, epochs.index(101) + 1)
    assert epochs[:at] == list(range(at))
    assert epochs[at:] == [101, 102, 103, 104, 105]
    assert [float(cell) for cell in rows[-1][1:3]] == last.parameters.tolist()
    with pytest.raises(LinregError, match=r"^the run exercise1 is not going"):
        linreg.attach("latest")


def _epoch(home: Path) -> int:
    with RunStore(home) as store:
        return max((run.epoch for run in store.runs()), default=-1)
