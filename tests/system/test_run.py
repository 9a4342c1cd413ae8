"""``linreg run`` in a process of its own: its output, its exit status, its signals."""

import csv
import io
import itertools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lecture
from command import LINREG, complaint, linreg, linreg_apart
from linreg.cli.app import run_command_line
from patience import PATIENCE
from processes.forks import Forked

LECTURE_TABLE = Path(__file__).parents[3] / "shared" / "lecture" / "exercise1-table.txt"


def _records(stdout: bytes) -> list[dict[str, Any]]:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return [json.loads(line, parse_constant=refuse) for line in stdout.decode("ascii").splitlines()]


def test_exercise1_prints_what_the_lectures_program_prints() -> None:
    expected = [
        f"Epoch {epoch:5d}/3000 w:{w[0]:.3f} b:{b:.3f} cost: {cost:.3f}\n"
        for epoch, (w, b, cost) in enumerate(lecture.exercise1())
        if epoch % 100 == 0
    ]
    assert linreg("run", "exercise1").stdout.decode() == "".join(expected)


@pytest.mark.skipif(not LECTURE_TABLE.exists(), reason="the lecture's own table is not beside this checkout")
@pytest.mark.parametrize("engine", ["auto", "gram", "autograd"])
def test_exercise1_prints_the_lectures_table_to_the_letter_on_every_engine(engine: str) -> None:
    assert linreg("run", "exercise1", "--engine", engine).stdout == LECTURE_TABLE.read_bytes()


def test_exercise1_is_the_default() -> None:
    assert linreg("run").stdout == linreg("run", "exercise1").stdout


def test_quiz1_prints_cost_and_all_three_w_every_100_epochs() -> None:
    expected = [
        f"Epoch {epoch:5d}/1000 w:[{w[0]:.3f} {w[1]:.3f} {w[2]:.3f}] b:{b:.3f} cost: {cost:.3f}\n"
        for epoch, (w, b, cost) in enumerate(lecture.quiz1())
        if epoch % 100 == 0
    ]
    assert linreg("run", "quiz1", "--engine", "autograd", "--dtype", "float32").stdout.decode() == "".join(expected)


def test_the_lectures_module_prints_its_cost_to_six_digits_each_epoch() -> None:
    expected = [
        f"Epoch {epoch:4d}/{20:4d} Cost: {cost:.6f}\n" for epoch, (_, _, cost) in enumerate(lecture.quiz1_module())
    ]
    assert linreg("run", "quiz1-module").stdout.decode() == "".join(expected)


def test_quiet_prints_one_line_and_nothing_else() -> None:
    done = linreg("run", "-q", "exercise1")
    assert done.stdout == b"Epoch  3000/3000 w:1.500 b:0.000 cost: 0.167\n"
    assert done.stderr == b""
    assert done.returncode == 0


def test_the_narration_is_on_stderr_and_names_the_engine_and_why() -> None:
    narration = linreg("run", "exercise1").stderr.decode()
    assert "engine spectral: " in narration
    assert "3 rows × 1 feature" in narration
    assert "finished" in narration
    assert "least squares" in narration


def test_json_is_one_object_a_line_with_a_start_the_epochs_and_the_result() -> None:
    done = linreg("run", "quiz1", "--format", "json")
    start, *epochs, result = _records(done.stdout)
    assert start["event"] == "start"
    assert (start["n_samples"], start["n_features"], start["features"], start["target"]) == (
        5,
        3,
        ["x1", "x2", "x3"],
        "y",
    )
    assert start["recipe"]["learning_rate"] == start["learning_rate"] == 1e-5
    assert [row["epoch"] for row in epochs] == list(range(0, 1001, 100))
    rows = list(lecture.quiz1())
    for row in epochs:
        w, b, cost = rows[row["epoch"]]
        assert list(row["w"].values()) == pytest.approx(w, rel=2e-3)
        assert row["b"] == pytest.approx(b, rel=2e-3)
        assert row["cost"] == pytest.approx(cost, rel=2e-3)
    assert result["event"] == "result"
    assert (result["status"], result["epoch"]) == ("finished", 1000)
    x, y = np.array(lecture.QUIZ1[0]), np.array(lecture.QUIZ1[1])[:, 0]
    design = np.column_stack([x, np.ones(5)])
    exact = np.linalg.lstsq(design, y)[0]
    assert list(result["least_squares"]["w"].values()) == pytest.approx(exact[:3].tolist(), rel=1e-8)
    assert result["least_squares"]["b"] == pytest.approx(exact[3], rel=1e-8)
    theta = np.array([*result["w"].values(), result["b"]])
    least = np.mean((design @ exact - y) ** 2)
    assert result["cost"] == pytest.approx(np.mean((design @ theta - y) ** 2), rel=1e-9)
    assert result["excess_cost"] == pytest.approx((result["cost"] - least) / least, rel=1e-7)
    assert result["r2"] == pytest.approx(1 - result["cost"] / y.var(), rel=1e-9)
    hessian = 2 / 5 * design.T @ design
    eigenvalues = np.linalg.eigvalsh(hessian)
    assert result["largest_stable_learning_rate"] == pytest.approx(2 / eigenvalues[-1], rel=1e-9)
    assert result["condition_number"] == pytest.approx(eigenvalues[-1] / eigenvalues[0], rel=1e-6)
    assert any("times that of least squares" in warning for warning in result["warnings"])


def test_csv_is_a_header_and_the_rows_in_full_precision() -> None:
    header, *rows = csv.reader(io.StringIO(linreg("run", "quiz1", "--format", "csv").stdout.decode()))
    assert header == ["epoch", "x1", "x2", "x3", "b", "cost"]
    records = _records(linreg("run", "quiz1", "--format", "json").stdout)[1:-1]
    numbers = [[float(cell) for cell in row] for row in rows]
    assert numbers == [[r["epoch"], *r["w"].values(), r["b"], r["cost"]] for r in records]


def test_a_feature_that_is_called_like_a_column_of_every_run_has_one_of_its_own() -> None:
    rows = b"b,cost,epoch,y\n1,2,3,4\n2,1,0,3\n5,5,1,9\n7,2,2,1\n"
    recipe = ("-", "--epochs", "2", "--every", "1")
    written = list(csv.DictReader(io.StringIO(linreg("run", *recipe, "--format", "csv", stdin=rows).stdout.decode())))
    told = [json.loads(line) for line in linreg("run", *recipe, "--format", "json", stdin=rows).stdout.splitlines()]
    for row, event in zip(written, (each for each in told if each["event"] == "epoch"), strict=True):
        assert {name: float(row[f"w_{name}"]) for name in ("b", "cost", "epoch")} == event["w"]
        assert (int(row["epoch"]), float(row["b"]), float(row["cost"])) == (event["epoch"], event["b"], event["cost"])
    done = linreg("run", *recipe, "--format", "table", stdin=rows)
    assert done.stdout.split()[:6] == [b"epoch", b"w_b", b"w_cost", b"w_epoch", b"b", b"cost"]
    assert b"  w_b " in done.stderr


def test_table_shows_every_row_that_text_does() -> None:
    table = linreg("run", "exercise1", "--format", "table").stdout.decode()
    assert [line.split()[0] for line in table.splitlines() if line.split()[:1] and line.split()[0][0].isdigit()] == [
        f"{epoch:,}" for epoch in range(0, 3001, 100)
    ]


def test_divergence_ends_the_run_with_status_3_the_last_finite_epoch_and_advice() -> None:
    done = linreg("run", "exercise1", "--lr", "2", "--format", "json")
    *_, last, result = _records(done.stdout)
    assert done.returncode == 3
    assert result["status"] == "diverged"
    rows = list(lecture.exercise1(nb_epochs=60, lr=2.0))  # in float32 the same growth overflows sooner
    assert not all(np.isfinite(cost) for _, _, cost in rows)
    assert last["epoch"] == result["epoch"] < 3000
    assert np.isfinite([*last["w"].values(), last["b"], last["cost"]]).all()
    assert "learning rate below 0.658" in result["warnings"][-1]


def test_divergence_is_said_even_when_quiet() -> None:
    done = linreg("run", "-q", "exercise1", "--lr", "2")
    assert done.returncode == 3
    assert "learning rate below 0.658" in complaint(done)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_divergence_on_the_lectures_loop_ends_at_its_first_non_finite_number(dtype: str) -> None:
    done = linreg("run", "exercise1", "--lr", "2", "--engine", "autograd", "--dtype", dtype, "--format", "json")
    result = _records(done.stdout)[-1]
    assert done.returncode == 3
    if dtype == "float32":
        finite = [bool(np.isfinite([*w, b, cost]).all()) for w, b, cost in lecture.exercise1(nb_epochs=200, lr=2.0)]
        assert result["epoch"] == finite.index(False) - 1


def test_a_small_step_ends_the_run_as_converged() -> None:
    done = linreg("run", "exercise1", "--until-step", "1e-4", "--format", "json")
    result = _records(done.stdout)[-1]
    rows = [np.array([*w, b]) for w, b, _ in lecture.exercise1()]
    steps = [np.abs(after - before).max() for before, after in zip([np.zeros(2), *rows], rows, strict=False)]
    assert done.returncode == 0
    assert result["status"] == "converged"
    assert abs(result["epoch"] - next(epoch for epoch, step in enumerate(steps) if step < 1e-4)) <= 1


def test_a_cost_that_barely_moves_ends_the_run_as_converged() -> None:
    result = _records(linreg("run", "exercise1", "--until-cost", "1e-6", "--format", "json").stdout)[-1]
    costs = [cost for _, _, cost in lecture.exercise1()]
    moves = [abs(after - before) for before, after in itertools.pairwise(costs)]
    assert result["status"] == "converged"
    assert abs(result["epoch"] - (1 + next(epoch for epoch, move in enumerate(moves) if move < 1e-6))) <= 1


def test_a_run_cut_short_prints_the_row_that_it_ended_on() -> None:
    lines = linreg("run", "exercise1", "--until-step", "1e-4").stdout.decode().splitlines()
    last = linreg("run", "-q", "exercise1", "--until-step", "1e-4").stdout.decode().splitlines()
    assert [lines[-1]] == last
    assert int(lines[-1].split()[1].split("/")[0]) % 100 != 0


def test_head_closes_the_pipe_and_nobody_complains() -> None:
    command = f"{' '.join(LINREG)} run exercise1 --epochs 2000000 --every 1 2>err | head -3; cat err >&2; rm err"
    done = subprocess.run(["bash", "-c", command], capture_output=True, timeout=PATIENCE, check=False, cwd="/tmp")
    assert done.stdout.decode().splitlines() == [
        f"Epoch {epoch:5d}/2000000 w:{w[0]:.3f} b:{b:.3f} cost: {cost:.3f}"
        for epoch, (w, b, cost) in enumerate(lecture.exercise1(nb_epochs=2))
    ]
    assert b"Error" not in done.stderr
    assert b"Traceback" not in done.stderr


def _interrupted(number: signal.Signals, *arguments: str) -> tuple[int, bytes, bytes]:
    command = [*LINREG, "run", "crowd", "--engine", "autograd", "--epochs", "100000000", "--every", "10", *arguments]
    process: Forked[bytes] = Forked(command, bufsize=0, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    head = b"".join(process.stdout.readline() for _ in range(3))  # the start, epoch 0 and epoch 10, and no more of it
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=PATIENCE)
    return process.returncode, head + stdout, stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_run_with_what_was_reached(number: signal.Signals, status: int, tmp_path: Path) -> None:
    model = tmp_path / "model.safetensors"
    returncode, stdout, stderr = _interrupted(number, "--format", "json", "--save", str(model))
    *_, last, result = _records(stdout)
    assert returncode == status
    assert result["status"] == "interrupted"
    assert last["event"] == "epoch"
    assert last["epoch"] == result["epoch"] > 0
    assert b"Traceback" not in stderr
    assert model.exists()


def test_ctrl_c_before_the_first_epoch_exits_130_without_a_traceback(tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    done = linreg("run", "quiz1", "--module", f"{slow}:Model")
    assert done.returncode == 130
    assert done.stderr == done.stdout == b""


def test_sighup_is_ignored_under_nohup() -> None:
    command = ["nohup", *LINREG, "run", "exercise1", "--epochs", "10000000", "--every", "99999"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


def test_a_full_disk_is_one_sentence_and_status_1() -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*LINREG, "run", "-q"], stdout=full, stderr=subprocess.PIPE, timeout=PATIENCE, check=False
        )
    assert done.returncode == 1
    assert complaint(subprocess.CompletedProcess([], 1, b"", done.stderr)).endswith("No space left on device.")


def test_closed_standard_streams_are_no_reason_to_fail() -> None:
    for closing in ("<&-", ">&-", "2>&-"):
        done = subprocess.run(["bash", "-c", f"{' '.join(LINREG)} run -q {closing}"], timeout=PATIENCE, check=False)
        assert done.returncode == 0, closing


def test_csv_on_standard_input() -> None:
    done = linreg(
        "run", "-q", "-", "--no-standardize", "--lr", "0.01", "--epochs", "3000", stdin=b"x,y\n0,0\n1,1\n1,2\n"
    )
    assert done.stdout == b"Epoch  3000/3000 w:1.500 b:0.000 cost: 0.167\n"


def test_a_recipe_is_data_or_config_and_options_go_before_it(tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text('data = "houses"\nepochs = 7\nevery = 1\nlearning_rate = 0.2\noptimizer = "SGD"\n')
    start, *epochs, _ = _records(linreg("run", recipe, "--format", "json").stdout)
    by_config = _records(linreg("run", "--config", recipe, "--format", "json").stdout)
    assert [start, *epochs] == by_config[:-1]
    assert (start["n_samples"], start["learning_rate"], start["recipe"]["epochs"]) == (60, 0.2, 7)
    other = linreg("run", "valley", "--config", recipe, "--epochs", "3", "--lr", "0.3", "--format", "json").stdout
    start, *epochs, _ = _records(other)
    assert (start["n_samples"], start["learning_rate"], len(epochs)) == (48, 0.3, 4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "exercise2"], ["'exercise2'", "exercise1", "linreg datasets"]),
        (["run", "--epochs", "-1"], ["--epochs", "-1"]),
        (["run", "--epochs", "many"], ["--epochs", "whole number"]),
        (["run", "--lr", "0"], ["--learning-rate", "above 0"]),
        (["run", "--lr", "fast"], ["--learning-rate", "auto", "fast"]),
        (["run", "--every", "0"], ["--every"]),
        (["run", "--optimizer", "Adaam"], ["Adaam", "did you mean 'Adam'"]),
        (["run", "--set", "momentum"], ["--set", "KEY=VALUE"]),
        (["run", "--set", "momentun=0.9"], ["momentun", "momentum"]),
        (["run", "--set", "momentum=-1"], ["momentum"]),
        (["run", "--set", "lr=1"], ["--learning-rate"]),
        (["run", "--optimizer", "Adam", "--set", "betas=0.9"], ["betas"]),
        (["run", "--criterion", "CrossEntropyLoss"], ["--criterion", "MSELoss", "HuberLoss"]),
        (["run", "--device", "cuda:99"], ["cuda:99", "cpu"]),
        (["run", "--device", "tpu"], ["tpu", "cpu"]),
        (["run", "--engine", "spectral", "--optimizer", "Adam"], ["spectral", "Adam", "--engine gram"]),
        (["run", "--engine", "gram", "--criterion", "L1Loss"], ["gram", "L1Loss", "--engine analytic"]),
        (["run", "--engine", "spectral", "--dtype", "float32"], ["spectral", "float64", "--engine analytic"]),
        (["run", "--format", "xml"], ["--format", "'text', 'table', 'json', 'csv'"]),
        (["run", "--target", "z"], ["z", "'x', 'y'"]),
        (["run", "-f", "y"], ["y"]),
        (["run", "--module", "nowhere.py:Model"], ["nowhere.py"]),
        (["run", "--save", "/nowhere/at/all/m.safetensors"], ["/nowhere/at/all"]),
        (["run", "--no-such-option"], ["--no-such-option"]),
        (["run", "one", "two"], ["two"]),
        (["train"], ["train"]),
        (["predict", "none.safetensors", "exercise1"], ["none.safetensors"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_bad_usage_is_one_sentence_and_status_2(
    arguments: list[str], words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_command_line(arguments) == 2
    out, err = capfd.readouterr()
    sentence = complaint(subprocess.CompletedProcess([], 2, out.encode(), err.encode()))
    assert out == ""
    assert sentence.endswith(".")
    for word in words:
        assert word in sentence


def test_bad_usage_is_the_same_in_a_process_of_its_own() -> None:
    done = linreg_apart("run", "--optimizer", "Adaam")
    assert done.returncode == 2
    assert done.stdout == b""
    assert "did you mean 'Adam'" in complaint(done)


def test_no_terminal_escape_reaches_the_terminal_from_an_argument() -> None:
    for arguments in (["run", "\x1b[31mred"], ["run", "--epochs", "\x1b[31m"], ["run", "--\x1b[31m"], ["\x9b31m"]):
        assert b"\x1b" not in linreg(*arguments).stderr
        assert b"\xc2\x9b" not in linreg(*arguments).stderr


def test_names_with_escapes_are_made_safe_for_people_and_kept_for_machines(tmp_path: Path) -> None:
    name = "\x1b]0;owned\x07[red]\u202ex\u200b"
    path = tmp_path / "names.csv"
    path.write_text(f"{name},{name}2,y\n0,1,0\n1,3,1\n1,2,2\n4,1,3\n", encoding="utf-8")
    for format_ in ("text", "table"):
        done = linreg("run", path, "--format", format_)
        assert done.returncode == 0
        for bad in ("\x1b", "\x07", "\u202e", "\u200b"):
            assert bad not in done.stdout.decode() + done.stderr.decode()
        assert "[red]" in done.stdout.decode() + done.stderr.decode()
    result = _records(linreg("run", path, "--format", "json").stdout)[-1]
    assert list(result["w"]) == [name, name + "2"]
    header = next(csv.reader(io.StringIO(linreg("run", path, "--format", "csv").stdout.decode())))
    assert header == ["epoch", name, name + "2", "b", "cost"]


def test_a_tiny_cost_or_weight_is_not_shown_as_nought(tmp_path: Path) -> None:
    path = tmp_path / "tiny.csv"
    path.write_text("x,y\n" + "".join(f"{x * 1000},{x * 1e-3 + 1e-5 * (-1) ** x}\n" for x in range(1, 9)))
    line = linreg("run", "-q", path).stdout.decode()
    assert "0.000" not in line
    w = float(line.split("w:")[1].split()[0])
    assert w == pytest.approx(1e-6, rel=0.01)


def test_help_and_version_import_nothing_heavy() -> None:
    script = (
        "import sys\nfrom linreg.cli.app import run_command_line\n"
        "assert run_command_line({arguments}) == 0\n"
        "heavy = {{'torch', 'polars', 'numpy', 'scipy', 'textual', 'matplotlib'}} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    for arguments in (["--help"], ["run", "--help"], ["runs", "export", "--help"], ["--version"], ["datasets"]):
        code = script.format(arguments=arguments)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stderr.decode()


def test_a_run_on_the_moments_never_imports_torch() -> None:
    code = (
        "import sys\nfrom linreg.cli.app import run_command_line\n"
        "assert run_command_line(['run', '-q']) == 0\nassert not {'torch', 'scipy'} & set(sys.modules)\n"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=PATIENCE, check=False).returncode == 0
    )


def test_linreg_alone_shows_its_help() -> None:
    done = linreg()
    assert done.returncode == 0
    assert b"Usage: linreg" in done.stdout


def test_a_closed_standard_input_is_one_sentence() -> None:
    done = subprocess.run(
        ["bash", "-c", f"{' '.join(LINREG)} run - <&-"], capture_output=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 2
    assert b"standard input is closed" in done.stderr


def test_the_data_are_not_overwritten_by_the_model(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_text("x,y\n0,0\n1,1\n1,2\n")
    done = linreg("run", data, "--save", data)
    assert done.returncode == 2
    assert "the data are read from there" in complaint(done)
    assert data.read_text().startswith("x,y")
