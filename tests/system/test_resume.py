"""``linreg resume``: to the same digits as a run that never stopped, or a sentence that says why not."""

import csv
import io
import math
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from command import LINREG, going, linreg
from linreg.cli.app import run_command_line
from linreg.data.bundled import find
from linreg.history.epochs import Epochs
from linreg.live.checkpoint import Checkpoint
from linreg.live.state import Intervention
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.store import checkpoint
from linreg.store.store import RunStore
from linreg.training.posing import pose
from linreg.training.trainer import Trainer
from processes.forks import Forked

LONG = ["exercise1", "--epochs", "10000000", "--every", "99999", "--format", "csv"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LINREG_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir(mode=0o700)
    return tmp_path / "home"


@pytest.fixture(scope="module")
def whole() -> list[list[str]]:
    """Run the long one without a pause, and return its rows."""
    return list(csv.reader(io.StringIO(linreg("run", *LONG).stdout.decode())))


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> tuple[str, str]:
    assert run_command_line(list(arguments)) == status
    captured = capsys.readouterr()
    return captured.out, captured.err


def left(home: Path, recipe: Recipe, kept: Checkpoint | None = None) -> str:
    """Enter a run of a process that is gone, with the newest of its epochs, and return its id."""
    program = (
        "import sys; from pathlib import Path\n"
        "from linreg.data.bundled import find; from linreg.store.store import RunStore\n"
        "from linreg.data.fingerprint import fingerprint_of\n"
        "recipe = find(sys.argv[2]).changed(epochs=int(sys.argv[3]))\n"
        "print(RunStore(Path(sys.argv[1])).begin(recipe, data=fingerprint_of(recipe.data)).id)"
    )
    command = [sys.executable, "-c", program, str(home), Path(recipe.data).stem, str(recipe.epochs)]
    process: Forked[str] = Forked(command, stdout=subprocess.PIPE, text=True)
    run_id = process.communicate()[0].strip()
    assert process.returncode == 0
    if kept is not None:
        checkpoint.save(home / "runs" / run_id, kept)
        at, rate = kept.snapshot, np.array([kept.first_learning_rate])
        newest = Epochs(np.array([at.epoch]), np.array([at.cost]), None, rate, at.parameters[np.newaxis])
        with RunStore(home) as store:
            store.append(run_id, newest, interventions=kept.interventions)
    return run_id


def put_aside(trainer: Trainer, *interventions: Intervention) -> Checkpoint:
    from linreg.data.fingerprint import fingerprint_of

    recipe = trainer.problem.recipe
    rate, data = trainer.engine.learning_rate, fingerprint_of(recipe.data)
    snapshot = trainer.snapshot()
    return Checkpoint(
        recipe=recipe,
        snapshot=snapshot,
        status=Phase.RUNNING,
        first_learning_rate=rate,
        data=data,
        interventions=interventions,
    )


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)], ids=str
)
def test_the_output_goes_on_where_a_signal_ended_it(
    capsys: pytest.CaptureFixture[str], home: Path, whole: list[list[str]], number: signal.Signals, status: int
) -> None:
    with going("run", *LONG, "--record", stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline() + process.stdout.readline()
        process.send_signal(number)
        out, narration = process.communicate()
    assert process.returncode == status
    rows = list(csv.reader(io.StringIO(first + out)))
    stopped = int(rows[-1][0])
    with RunStore(home) as store:
        run = store.get("latest")
        assert (run.status, run.reason, run.epoch) == ("interrupted", f"ended by {number.name}", stopped)
    assert f"linreg resume exercise1 goes on from epoch {stopped + 1:,}\n" in narration
    rest, narration = said(capsys, "resume", "--format", "csv")
    assert f"going on with exercise1 at epoch {stopped + 1:,}\n" in narration
    if stopped % 99999:  # then its row is there because the run was cut short
        rows.pop()
    assert rows + list(csv.reader(io.StringIO(rest)))[1:] == whole


def test_under_nohup_a_recorded_run_goes_on(tmp_path: Path) -> None:
    command = ["nohup", *LINREG, "run", *LONG, "--record"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGHUP)
        rows = process.stdout.read().splitlines()
    assert process.returncode == 0
    assert rows[-1].startswith("9999900,")


def test_a_few_runs_that_are_killed_end_as_if_nothing_had_happened() -> None:
    command = [sys.executable, str(Path(__file__).with_name("kill.py")), "6", "1"]
    killing: Forked[str] = Forked(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said, problem = killing.communicate()
    assert killing.returncode == 0, said + problem
    *runs, total = said.splitlines()
    assert len([run for run in runs if "the same" in run]) == 6
    assert "0 other ends, 0 stray files" in total
    assert [run for run in runs if re.search(r"at epoch [1-9]", run)], said


@pytest.mark.parametrize(
    "choices",
    [
        ["quiz1", "--optimizer", "Adam", "--batch-size", "2"],
        ["exercise1", "--set", "momentum=0.9"],
        ["exercise1", "--set", "momentum=0.9", "--engine", "gram"],
        ["houses", "--set", "momentum=0.9", "--engine", "autograd"],
    ],
    ids=" ".join,
)
def test_a_finished_run_goes_further_as_if_it_had_been_meant_to(
    capsys: pytest.CaptureFixture[str], home: Path, choices: list[str]
) -> None:
    said(capsys, "run", *choices, "--epochs", "40", "--name", "in two", "-q")
    said(capsys, "resume", "in two", "--epochs", "90", "-q")
    said(capsys, "run", *choices, "--epochs", "90", "--name", "in one", "-q")
    with RunStore(home) as store:
        two, one = store.epochs("in two"), store.epochs("in one")
        assert store.get("in two").recipe.epochs == 90
        assert store.get("in two").status == "finished"
    assert two.epoch.tolist() == list(range(91))
    assert two.cost.tobytes() == one.cost.tobytes()
    assert two.parameters.tobytes() == one.parameters.tobytes()


def test_jumps_go_on_at_the_next_epoch_to_print(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    recipe = find("exercise1").changed(epochs=10**9, every=10**8)
    trainer = Trainer(pose(recipe))
    for trace in trainer.run(stride=10**8):
        if trace.last_epoch == 4 * 10**8:
            break
    left(home, recipe, put_aside(trainer))
    rest = said(capsys, "resume", "--format", "csv")[0].splitlines()
    whole = said(
        capsys,
        "run",
        "exercise1",
        "--epochs",
        "1000000000",
        "--every",
        "100000000",
        "--format",
        "csv",
    )[0].splitlines()
    assert len(whole) == 12
    assert rest == [whole[0], *whole[6:]]


def test_a_change_of_the_learning_rate_that_lies_ahead_comes_in_its_epoch(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    recipe = find("exercise1").changed(epochs=50, optimizer="SGD")
    trainer = Trainer(pose(recipe))
    trainer.advance(10)
    run_id = left(home, recipe, put_aside(trainer, Intervention(30, 0.002)))
    said(capsys, "resume", "-q")
    trainer.advance(20)
    trainer.engine.learning_rate = 0.002
    trainer.advance(21)
    with RunStore(home) as store:
        epochs = store.epochs(run_id)
    assert trainer.epoch == epochs.epoch[-1] == 50
    assert epochs.parameters[-1].tobytes() == trainer.parameters.tobytes()
    rates = dict(zip(epochs.epoch.tolist(), epochs.learning_rate.tolist(), strict=True))
    assert [rates[epoch] for epoch in (19, 29, 30)] == [0.01, 0.01, 0.002]


def test_a_run_that_had_only_its_end_left_to_write_says_where_it_stands(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    recipe = find("exercise1")
    trainer = Trainer(pose(recipe))
    trainer.advance(3001)
    run_id = left(home, recipe, put_aside(trainer))
    assert said(capsys, "resume", "-q")[0] == said(capsys, "run", "-q")[0]
    with RunStore(home) as store:
        assert store.get(run_id).status == "finished"


def test_a_run_without_a_checkpoint_begins_again(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    left(home, find("exercise1"))
    out, narration = said(capsys, "resume")
    assert "it begins again" in narration
    assert out == said(capsys, "run", "exercise1")[0]


def test_a_file_that_changed_is_refused_unless_that_is_said(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path
) -> None:
    data = tmp_path / "points.csv"
    data.write_text("x,y\n0,0\n1,1\n1,2\n")
    said(capsys, "run", str(data), "--epochs", "40", "--record", "-q")
    data.write_text("x,y\n0,0\n1,1\n1,3\n")
    _, complaint = said(capsys, "resume", "points", "--epochs", "90", status=2)
    assert "points.csv has other content than then" in complaint
    assert "--data-changed" in complaint
    with RunStore(home) as store:
        run = store.get("points")
        assert (run.status, run.reason, run.epoch) == ("finished", "all epochs to 40 have run", 40)
    said(capsys, "resume", "points", "--epochs", "20000", "--data-changed", "-q")
    with RunStore(home) as store:
        run = store.get("points")
    x, y = np.array([0.0, 1, 1]), np.array([0.0, 1, 3])
    slope, intercept = np.polyfit(x, y, 1)
    assert run.result is not None
    assert (run.result["w"]["x"], run.result["b"]) == (
        pytest.approx(slope, abs=1e-6),
        pytest.approx(intercept, abs=1e-6),
    )
    data.unlink()
    assert "the data are gone" in said(capsys, "resume", "points", "--epochs", "30000", status=2)[1]


def test_data_with_other_columns_do_not_fit_the_checkpoint(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    data = tmp_path / "points.csv"
    data.write_text("x,y\n0,0\n1,1\n1,2\n")
    said(capsys, "run", str(data), "--epochs", "40", "--record", "-q")
    data.write_text("x,z,y\n0,0,0\n1,5,1\n1,2,2\n")
    complaint = said(capsys, "resume", "points", "--epochs", "90", "--data-changed", status=2)[1]
    assert "does not fit these data" in complaint


def test_rows_from_standard_input_cannot_be_compared() -> None:
    linreg("run", "-", "--epochs", "40", "--record", stdin=b"x,y\n0,0\n1,1\n1,2\n")
    done = linreg("resume", "latest", "--epochs", "90")
    assert done.returncode == 2
    assert b"standard input, which cannot be compared" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "there is no run to resume"),
        (["nothing"], "there is no run 'nothing'"),
        (["exercise1"], "has finished: nothing of it is left to resume; --epochs takes it further"),
        (["exercise1", "--epochs", "20"], "has finished"),
        (["exercise1", "--epochs", "-1"], "--epochs takes"),
        (["exercise1", "--format", "xml"], "'--format': 'xml' is not one of 'text', 'table'"),
        (["houses"], "has diverged: nothing of it is left to resume."),
    ],
    ids=str,
)
def test_what_cannot_be_resumed_is_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    said(capsys, "run", "exercise1", "--epochs", "40", "--record", "-q")
    said(capsys, "run", "houses", "--record", "-q", "--lr", "1e300", status=3)
    out, narration = said(capsys, "resume", *arguments, status=2)
    assert out == ""
    assert narration.count("\n") == 1
    assert complaint in narration


def test_fewer_epochs_than_have_run_are_refused(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    recipe = find("exercise1")
    trainer = Trainer(pose(recipe))
    trainer.advance(101)
    left(home, recipe, put_aside(trainer))
    assert "--epochs must be at least 100" in said(capsys, "resume", "--epochs", "99", status=2)[1]
    assert not math.isnan(trainer.cost)


@pytest.mark.parametrize("change", ["the file", "the recipe"])
def test_a_module_that_is_not_the_one_that_ran_is_run_only_if_the_user_names_it(
    capsys: pytest.CaptureFixture[str], home: Path, tmp_path: Path, change: str
) -> None:
    ran, data, module = tmp_path / "ran", tmp_path / "points.csv", tmp_path / "module.py"
    data.write_text("x,y\n0,0\n1,1\n1,2\n")
    source = "import torch\nclass Net(torch.nn.Linear):\n    def __init__(self, n): super().__init__(n, 1)\n"
    module.write_text(source)
    said(capsys, "run", str(data), "--module", f"{module}:Net", "--epochs", "4", "--name", "mine", "-q")
    other = module if change == "the file" else tmp_path / "other.py"
    other.write_text(f"{source}open({str(ran)!r}, 'w').close()\n")
    with RunStore(home) as store:
        run = store.get("mine")
        folder = store.folder(run)
        if other != module:  # as whoever can write to the store would have it
            recipe = run.recipe.changed(module=f"{other}:Net")
            store.describe(run.id, recipe, store.facts(run.id) or {})
            kept = checkpoint.load(folder).checkpoint
            checkpoint.save(folder, replace(kept, recipe=kept.recipe.changed(module=f"{other}:Net")))
    further = ("resume", "mine", "--epochs", "9", "--data-changed", "-q")
    _, complaint = said(capsys, *further, status=2)
    assert f"the module {other}:Net is not run: " in complaint
    assert complaint.endswith(f"name it with --module {other}:Net.\n")
    assert not ran.exists()
    said(capsys, *further, "--module", f"{other}:Net")
    assert ran.exists()
