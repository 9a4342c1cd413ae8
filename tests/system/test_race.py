"""``linreg race`` in a process of its own: its table, its formats, its exit status."""

import csv
import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from command import LINREG, complaint, linreg
from patience import PATIENCE
from processes.forks import Forked
from processes.ranks import linreg_ranks
from watching import wait_until

FIVE = ["--optimizer", "SGD", "--optimizer", "Adam", "--lr", "0.1", "--lr", "0.01", "--lr", "5", "--epochs", "300"]
COUNTING = """
from torch import nn

class Counting(nn.Linear):
    def __init__(self, n_features):
        super().__init__(n_features, 1)

    def forward(self, x):
        with open(f"COUNTS/{id(self)}", "ab") as file:  # one byte a call
            file.write(b".")
        return super().forward(x)
"""


def _racers(*arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in linreg("race", *arguments, "--format", "json").stdout.splitlines()]


def test_each_line_of_json_is_what_linreg_run_comes_to() -> None:
    racers = _racers("exercise1", *FIVE, "--set", "momentum=0.9")
    assert len(racers) == 6
    for racer in racers:
        assert racer["event"] == "racer"
        choices = ["--optimizer", racer["optimizer"], "--lr", repr(racer["learning_rate"]), "--epochs", "300"]
        choices += [f"--set={key}={value}" for key, value in racer["options"].items()]
        alone = json.loads(linreg("run", "exercise1", *choices, "-q", "--format", "json").stdout)
        for field in ("status", "epoch", "w", "b", "cost", "excess_cost", "engine", "least_squares", "warnings"):
            assert racer[field] == alone[field], field
    assert {racer["optimizer"]: racer["options"] for racer in racers} == {"SGD": {"momentum": "0.9"}, "Adam": {}}


def test_json_and_csv_tell_the_same_in_full_precision() -> None:
    racers = _racers("exercise1", *FIVE)
    rows = list(csv.DictReader(io.StringIO(linreg("race", "exercise1", *FIVE, "--format", "csv").stdout.decode())))
    clock = ("place_by_seconds", "seconds_to_1e-3", "seconds_to_1e-6", "seconds")
    for racer, row in zip(racers, rows, strict=True):
        for column, cell in row.items():
            value = racer[column]
            if column == "options":
                assert value == {}
                assert cell == ""
            elif column in clock:
                assert (cell == "") == (value is None)
            elif value is None:
                assert cell in ("", "inf", "nan")
            else:
                assert cell == (value if isinstance(value, str) else repr(value)), column


def test_the_table_ranks_by_epochs_and_puts_who_diverged_last_in_words() -> None:
    done = linreg("race", "exercise1", "--lr", "0.01", "--lr", "5", "--lr", "0.1")
    header, rule, *rows = done.stdout.decode().splitlines()
    assert header.split()[:3] == ["place", "optimizer", "rate"]
    assert set(rule) == {"─"}
    assert [row.split()[:3] for row in rows] == [["1", "SGD", "0.1"], ["2", "SGD", "0.01"], ["–", "SGD", "5"]]
    assert "diverged" in rows[-1]
    assert all("finished" in row for row in rows[:-1])
    narration = done.stderr.decode()
    assert "SGD, learning rate 0.1: within 1e-6 of least squares after 237 epochs" in narration
    assert "warning: SGD, learning rate 5: the run diverged" in narration
    assert done.returncode == 0


def test_quiet_is_one_line_with_the_winner() -> None:
    done = linreg("race", "exercise1", "-q", "--lr", "0.01", "--lr", "0.1")
    assert done.stdout.decode().startswith("SGD, learning rate 0.1: within 1e-6 of least squares after 237 epochs, ")
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""
    assert len(_racers("exercise1", "-q", "--lr", "0.01", "--lr", "0.1")) == 1


def test_when_all_diverge_the_status_is_3() -> None:
    done = linreg("race", "exercise1", "--lr", "5", "--lr", "7", "-q")
    assert done.returncode == 3
    assert done.stdout == b""
    assert "all of them diverged" in complaint(done)
    assert linreg("race", "exercise1", "--lr", "5", "--lr", "7").stdout.count(b"diverged") == 2


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--optimizer", "Adam", "--set", "momentum=0.9"], "Adam has no option 'momentum'"),
        (["--lr", "fast"], "--learning-rate takes"),
        (["--batch-size", "all"], "--batch-size takes a whole number from 1, or full, not 'all'"),
        (["--optimizer", "SGD", "--optimizer", "Adam", "--set", "betas=2,3"], "Adam, learning rate 0.01, betas=2,3: "),
        (["--set", "momentum"], "--set takes KEY=VALUE"),
        (["--format", "table"], "'--format': 'table' is not one of 'text', 'json', 'csv'"),
    ],
)
def test_a_bad_choice_is_one_sentence_and_status_2(arguments: list[str], named: str) -> None:
    done = linreg("race", "exercise1", *arguments)
    assert named in complaint(done)
    assert done.returncode == 2
    assert done.stdout == b""


def test_rows_on_standard_input_are_read_once_for_all() -> None:
    rows = b"x,y\n" + b"".join(b"%d,%d\n" % (x, 3 * x + x % 2) for x in range(50))
    choices = ["--lr", "0.1", "--batch-size", "10", "--batch-size", "full", "--epochs", "20", "--format", "json"]
    done = linreg("race", "-", *choices, stdin=rows)
    racers = [json.loads(line) for line in done.stdout.splitlines()]
    assert {racer["engine"] for racer in racers} == {"spectral", "analytic"}
    assert {racer["n_samples"] for racer in racers} == {50}


def test_the_race_trains_on_all_that_a_run_does() -> None:
    module = linreg("race", "quiz1-module", "--lr", "1e-5", "--lr", "2e-5", "--format", "json")
    assert [json.loads(line)["compared_with"] for line in module.stdout.splitlines()] == ["best reached"] * 2
    racers = _racers(
        "crowd", "--optimizer", "Adam", "--dtype", "float32", "--seed", "1", "--seed", "2", "--init", "normal"
    )
    assert [racer["engine"] for racer in racers] == ["autograd"] * 2
    assert racers[0]["w"] != racers[1]["w"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_race_with_what_was_reached(number: signal.Signals, status: int, tmp_path: Path) -> None:
    counts = tmp_path / "counts"
    counts.mkdir()
    (tmp_path / "counting.py").write_text(COUNTING.replace("COUNTS", str(counts)))
    choices = ["--lr", "0.1", "--lr", "0.2", "--epochs", "100000000", "--format", "json"]
    command = [*LINREG, "race", "crowd", "--module", f"{tmp_path}/counting.py:Counting", *choices]
    process: Forked[bytes] = Forked(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: sum(count.stat().st_size > 20 for count in counts.iterdir()) == 2, "epochs of both")
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=PATIENCE)
    assert b"2 racers" in stderr
    assert process.returncode == status
    racers = [json.loads(line) for line in stdout.splitlines()]
    assert [racer["status"] for racer in racers] == ["interrupted"] * 2
    assert all(racer["epoch"] > 0 for racer in racers)
    assert b"Traceback" not in stderr


def test_rates_of_sgd_race_without_torch() -> None:
    code = (
        "import sys; from linreg.cli.app import run_command_line; "
        "status = run_command_line(['race', 'exercise1', '--lr', '0.1', '--lr', '0.2', '-q']); "
        "sys.exit(status or 'torch' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=PATIENCE).returncode == 0
    )


def test_several_processes_are_refused_in_one_sentence() -> None:
    with linreg_ranks(2, "race", "exercise1") as ranks:
        said = [process.communicate(timeout=PATIENCE) for process in ranks]
    assert [process.returncode for process in ranks] == [2, 2]
    assert "".join(out for out, _ in said) == ""
    assert "".join(narration for _, narration in said).count("linreg: a race runs in one process: ") == 1
