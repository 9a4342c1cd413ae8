"""Real processes on torch.distributed: as many as there are, one answer.

What torchrun starts is fresh, torch and all, which takes long: one test has it start them, and the others do so in its
place.
"""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from command import linreg
from patience import PATIENCE
from processes.forks import Forked
from processes.ranks import linreg_ranks

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone"]


def ends_of(said: str) -> set[str]:
    """Return the exit statuses that torchrun tells of; -15: it ended a rank itself, once another had ended."""
    return set(re.findall(r"exitcode  : (-?\d+)", said))


def launched(n_ranks: int, *program: str | Path, environment: dict[str, str] | None = None) -> "Forked[str]":
    command = [*TORCHRUN, f"--nproc-per-node={n_ranks}", *program]
    return Forked(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def linreg_run(n_ranks: int, *arguments: str | Path, environment: dict[str, str] | None = None) -> "Forked[str]":
    return launched(n_ranks, "-m", "linreg", "run", *arguments, environment=environment)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write 30,001 rows as CSV, 2 MB: a part for each rank, of unequal size."""
    generator = np.random.default_rng(2)
    X = generator.normal([3, 0], size=(30_001, 2))
    y = X @ [1, 2] + generator.normal(size=len(X))
    path = tmp_path / "table.csv"
    np.savetxt(path, np.column_stack([X, y]), delimiter=",", header="a,b,y", comments="")
    return path


def ends(processes: "list[Forked[str]]") -> list[tuple[int, str, str]]:
    """Wait for all; return of each its exit status, and what it said on standard output and standard error."""
    said = [process.communicate(timeout=PATIENCE) for process in processes]
    return [(process.returncode, *each) for process, each in zip(processes, said, strict=True)]


def test_two_ranks_print_once_and_find_what_numpy_finds(table: Path, tmp_path: Path) -> None:
    told = (table, "--epochs", "1000", "--format", "json", "--save", tmp_path / "model")
    with linreg_ranks(2, "run", *told) as ranks:
        (status, out, said), *others = ends(ranks)
    assert status == 0, said
    assert others == [(0, "", "")]
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["event"] for event in events].count("start") == 1
    assert said.count("engine spectral") == 1
    result = events[-1]
    rows = np.loadtxt(table, delimiter=",", skiprows=1)
    design = np.column_stack([rows[:, :2], np.ones(len(rows))])
    answer = np.linalg.lstsq(design, rows[:, 2])[0]
    assert [result["w"]["a"], result["w"]["b"], result["b"]] == pytest.approx(answer, rel=1e-12)
    assert result["n_samples"] == 30_001
    assert (tmp_path / "model").exists()


def test_three_ranks_one_of_them_without_rows_train_mini_batches_as_one_process_does(tmp_path: Path) -> None:
    generator = np.random.default_rng(3)
    for name, n_rows in (("a", 7), ("b", 12)):
        np.savetxt(
            tmp_path / f"{name}.csv", generator.normal(size=(n_rows, 3)), delimiter=",", header="x,z,y", comments=""
        )
    recipe = [str(tmp_path), "--batch-size", "5", "--criterion", "L1Loss", "--epochs", "30", "--format", "json"]
    single = linreg("run", *recipe).stdout.decode()
    with linreg_ranks(3, "run", *recipe) as ranks:
        (status, out, said), *others = ends(ranks)
    assert status == 0, said
    assert others == [(0, "", "")] * 2
    alone, together = (json.loads(text.splitlines()[-1]) for text in (single, out))
    for key in ("b", "cost", "r2"):
        assert together[key] == pytest.approx(alone[key], rel=1e-12)
    assert together["w"] == pytest.approx(alone["w"], rel=1e-12)


THREADS = """
import os
import sys
from contextlib import suppress
from pathlib import Path

from linreg.cli.app import run_command_line

said = [str(run_command_line(["run", sys.argv[1], "--engine", "autograd", "--epochs", "3", "-q"]))]
for path in Path("/proc/self/task").glob("*/comm"):
    with suppress(FileNotFoundError):  # it has ended meanwhile
        name = path.read_text().strip()
        said += [name] if "gloo" in name else []
Path(sys.argv[2], f"rank{os.environ['RANK']}").write_text(" ".join(said))
"""


def test_no_thread_of_the_process_group_outlives_the_training(tmp_path: Path) -> None:
    """Torch aborts a process whose gloo threads drop a tensor while Python shuts down."""
    (tmp_path / "table.csv").write_text("x,y\n0,0\n1,1\n1,2\n2,3\n")
    script = tmp_path / "threads.py"
    script.write_text(THREADS)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [*torchrun, str(script), str(tmp_path / "table.csv"), str(tmp_path)]
    process: Forked[str] = Forked(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert [(tmp_path / f"rank{rank}").read_text().split() for rank in (0, 1)] == [["0"], ["0"]]


def test_a_bad_cell_that_one_rank_meets_ends_all_with_its_line_and_no_hang(table: Path) -> None:
    lines = table.read_text().splitlines()
    lines[20_000] = "1,oops,3"
    table.write_text("\n".join(lines))
    with linreg_ranks(2, "run", table) as ranks:
        ended = ends(ranks)
    assert [(status, out) for status, out, _ in ended] == [(2, ""), (2, "")]
    complaints = [line for *_, said in ended for line in said.splitlines() if line.startswith("linreg: ")]
    assert len(complaints) == 1
    assert "line 20001, column 'b': 'oops'" in complaints[0]


def test_a_rank_that_dies_ends_the_others_with_a_message(table: Path) -> None:
    with linreg_ranks(2, "run", table, "--criterion", "L1Loss", "--epochs", "1000000000", "--every", "1") as ranks:
        first, second = ranks
        assert first.stdout is not None
        first.stdout.readline()  # training is under way
        second.kill()
        _, said = first.communicate(timeout=PATIENCE)
    assert first.returncode not in (0, None)
    assert "linreg: rank 0: another rank has ended" in said


EACH_IN_A_FOLDER = """
import os
import sys

from linreg.cli.app import run_command_line

os.chdir(os.path.join(sys.argv[1], os.environ["RANK"]))
sys.exit(run_command_line(["run", "table.csv"]))
"""


def test_machines_whose_files_differ_end_with_the_rank_and_the_difference(tmp_path: Path) -> None:
    for folder, last in (("0", "2,3"), ("1", "2,9")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "table.csv").write_text(f"x,y\n0,0\n1,1\n1,2\n{last}\n")
    script = tmp_path / "each.py"
    script.write_text(EACH_IN_A_FOLDER)
    process = launched(2, script, tmp_path)
    out, said = process.communicate(timeout=PATIENCE)
    [complaint] = [line for line in said.splitlines() if line.startswith("linreg: ")]
    assert "rank 1 sees other data than rank 0: its table.csv has other content" in complaint
    assert "2" in ends_of(said) <= {"2", "-15"}
    assert out == ""


def test_without_a_network_interface_it_is_said_how_to_name_one(table: Path) -> None:
    process = linreg_run(2, table, environment={**os.environ, "GLOO_SOCKET_IFNAME": "nowhere0"})
    _, said = process.communicate(timeout=PATIENCE)
    [complaint] = [line for line in said.splitlines() if line.startswith("linreg: ")]
    assert "cannot reach the others: Unable to find address for: nowhere0; name a network interface" in complaint
    assert "GLOO_SOCKET_IFNAME" in complaint
    assert "2" in ends_of(said) <= {"2", "-15"}


SILENT = """
import os
import signal
import sys
from datetime import timedelta

from linreg.cli.app import run_command_line
from linreg.engines import ranks

ranks.TIMEOUT = timedelta(seconds=3)
if os.environ["RANK"] == "1":
    ranks.Ranks.in_step = lambda *_: os.kill(os.getpid(), signal.SIGSTOP)
sys.exit(run_command_line(["run", sys.argv[1]]))
"""


def test_a_rank_that_is_there_and_says_nothing_is_not_waited_for_for_ever(table: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = []
    for rank in ("1", "0"):
        place = {"RANK": rank, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        command = [sys.executable, "-c", SILENT, str(table)]
        started.append(Forked(command, stderr=subprocess.PIPE, text=True, env={**os.environ, **place}))
    silent, process = started
    try:
        _, said = process.communicate(timeout=PATIENCE)
        assert process.returncode == 2
        assert "linreg: rank 0: another rank has not answered for 3 seconds" in said
    finally:
        silent.kill()
        silent.communicate()
