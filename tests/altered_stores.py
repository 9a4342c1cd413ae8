"""Stores and checkpoints altered by hand, in thousands of ways.

The command is ``PYTHONPATH=tests python tests/altered_stores.py [N] [SEED]``.

A home with a recorded run is copied, one thing in it is altered (a cell of a table, a value within a cell or within a
checkpoint, under a checksum that fits; the tables themselves; bytes of a file), and every command that reads a store is
given it. Whatever is in it, a command ends soon, with a documented exit status, and says one sentence or none.
"""

import contextlib
import io
import os
import random
import shutil
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from linreg.cli.app import run_command_line
from linreg.errors import LinregError
from linreg.files.nested import NestedError, flattened, restored
from linreg.files.sealed import seal, unseal
from linreg.history.curves import Curves
from linreg.live.checkpoint import FORMAT
from linreg.replay.replay import open_replay
from linreg.store.checkpoint import CURRENT
from linreg.store.reader import FACTS, FILE
from linreg.store.store import RunStore

SECONDS = 60
"""More than any of the commands needs, and less than for ever."""
STATUSES = {0, 1, 2, 3}
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1, 7, 2**31, 2**53, 2**62, -(2**63), 0.0, -0.5, 1e308, 5e-324, float("nan"), float("inf")),
    *("", "x", "latest", "\0", "\ud800", "../..", "/", "a" * 5000, "1", "nan", "\x1b[2J", "running", "finished", "SGD"),
    *(b"", b"\0" * 8, b"\xff" * 7, [], {}, [None], [[1, 2]], {"x": None}, (1, 2), {"!int": "zz"}, {"!tensor": "0"}),
    *(np.zeros(0), np.zeros(3), np.full(2, np.nan), np.zeros((2, 2)), np.array(["x"] * 0), np.arange(2), np.zeros(2)),
)
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("runs",),
    ("runs", "list", "--format", "json", "--sort", "cost"),
    ("runs", "show", "latest"),
    ("runs", "show", "mine", "--format", "json"),
    ("runs", "export", "latest", "out.csv", "--force"),
    ("runs", "export", "latest", "out.parquet", "--force"),
    ("resume", "mine", "--epochs", "40", "-q"),
    ("runs", "rename", "mine", "other"),
    ("runs", "rm", "mine"),
)


def record(home: Path) -> None:
    """Keep a run whose alterations are looked at."""
    os.environ["LINREG_HOME"] = str(home)
    for arguments in ("exercise1 --optimizer Adam --lr 0.01 --epochs 30", "exercise1 --set momentum=0.9 --epochs 20"):
        assert _command("run", *arguments.split(), "--name", "mine", "-q")[0] == 0
        if (home / "runs").exists() and len(list((home / "runs").iterdir())) == 1:
            assert _command("runs", "rename", "mine", "other one")[0] == 0
    curves = Curves()
    curves.add("accuracy", range(21), range(21))
    curves.add("now and then", [4, 9], [0.5, float("nan")])
    with RunStore(home) as store:
        for run in store.runs():
            store.follow_curves(run.id, curves.since(0)[0])


def alter(home: Path, draw: random.Random) -> str:
    """Alter one thing, and say which."""
    how = draw.choice((_cell, _cell, _text, _text, _facts, _checkpoint, _checkpoint, _schema, _bytes))
    return f"{how.__name__.lstrip('_')}: {how(home, draw)}"


def look(home: Path) -> Iterator[str]:
    """Give a home to every command; yield what is not as it should be."""
    os.environ["LINREG_HOME"] = str(home)
    for command in COMMANDS:
        status, said = _command(*command)
        if status not in STATUSES or "Traceback" in said or "internal error" in said or (status == 2 and not said):
            yield f"{' '.join(command)}: exit status {status}: {said[-300:]}"
        if command[1:3] == ("show", "mine"):
            with (
                contextlib.suppress(LinregError),
                _in_time(),
                RunStore(home) as store,
                open_replay(store, "mine") as run,
            ):
                run.go_to(5)


def _command(*arguments: str) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _in_time():
            status = run_command_line(list(arguments))
    except BaseException as problem:
        return -1, repr(problem)
    return status, err.getvalue()


@contextlib.contextmanager
def _in_time() -> Iterator[None]:
    def late(*_: object) -> None:
        raise TimeoutError("it takes for ever")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _cell(home: Path, draw: random.Random) -> str:
    with _database(home) as connection:
        table = draw.choice(("runs", "runs", "epochs", "interventions", "curves", "points"))
        if table == "interventions":
            connection.execute("INSERT OR REPLACE INTO interventions VALUES (2, 3, 0.5)")
        column = draw.choice([row[1] for row in connection.execute(f"PRAGMA table_info({table})")])
        value = draw.choice([each for each in ODD if isinstance(each, int | float | str | bytes | None)])
        value = value.encode(errors="replace").decode() if isinstance(value, str) else value
        where = f"rowid = (SELECT max(rowid) - {draw.choice((0, 0, 3))} FROM {table})"
        with contextlib.suppress(sqlite3.Error, OverflowError):
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value,))
        return f"{table}.{column} = {str(value)[:30]!r}"


def _text(home: Path, draw: random.Random) -> str:
    column = draw.choice(("owner", "recipe", "data", "versions", "result"))
    with _database(home) as connection:
        (text,) = connection.execute(f"SELECT {column} FROM runs ORDER BY number DESC LIMIT 1").fetchone()
        value, where = _changed(restored(text, {}), draw)
        with contextlib.suppress(NestedError, ValueError):
            text = flattened(value)[0]
        connection.execute(f"UPDATE runs SET {column} = ? WHERE name = 'mine'", (text,))
    return f"{column}{where}"


def _facts(home: Path, draw: random.Random) -> str:
    with _database(home) as connection:
        (content,) = connection.execute("SELECT facts FROM runs ORDER BY number DESC LIMIT 1").fetchone()
        value, where = _changed(unseal(FACTS, content), draw)
        with contextlib.suppress(NestedError, ValueError):
            content = seal(FACTS, value)
        connection.execute("UPDATE runs SET facts = ? WHERE name = 'mine'", (content,))
    return where


def _checkpoint(home: Path, draw: random.Random) -> str:
    for path in (home / "runs").rglob(CURRENT):
        value, where = _changed(unseal(FORMAT, path.read_bytes()), draw)
        with contextlib.suppress(NestedError, ValueError):
            path.write_bytes(seal(FORMAT, value))
    return where


def _changed(value: Any, draw: random.Random) -> tuple[Any, str]:
    """Put something odd into a nested value; return also where."""
    if isinstance(value, dict) and value and draw.random() < 0.95:
        key = draw.choice(list(value))
        if draw.random() < 0.08:
            return {other: each for other, each in value.items() if other != key}, f"[{key!r}] is gone"
        inner, where = _changed(value[key], draw)
        return {**value, key: inner}, f"[{key!r}]{where}"
    if isinstance(value, list | tuple) and value and draw.random() < 0.9:
        number = draw.randrange(len(value))
        inner, where = _changed(value[number], draw)
        return type(value)([*value[:number], inner, *value[number + 1 :]]), f"[{number}]{where}"
    odd = draw.choice(ODD)
    return odd, f" = {str(odd)[:30]!r}"


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT {} FROM n"


def _schema(home: Path, draw: random.Random) -> str:
    columns = "i, i, i, 'running', '', 1.0, NULL, '{}', '{}', 'null', '{}', 'null', NULL, 1, 1, 1.0, 1.0"
    statements = draw.choice(
        (
            ["ALTER TABLE runs RENAME TO hidden", f"CREATE VIEW runs AS {ENDLESS.format(columns)}"],
            [
                "ALTER TABLE epochs RENAME TO hidden",
                f"CREATE VIEW epochs AS {ENDLESS.format('i, i, 1, 1, 1, 1, 1, 1')}",
            ],
            [f"CREATE VIEW other AS {ENDLESS.format('i')}"],
            ["CREATE TRIGGER t AFTER UPDATE ON runs BEGIN DELETE FROM epochs; END"],
            ["DROP TABLE epochs"],
            ["DROP TABLE runs"],
            ["ALTER TABLE runs DROP COLUMN recipe"],
            ["ALTER TABLE epochs RENAME COLUMN cost TO costs"],
            ["CREATE INDEX odd ON runs (abs(random()))", "CREATE TABLE more (x)"],
            ["ALTER TABLE epochs ADD COLUMN computed AS (epoch * 2)"],
            ["PRAGMA user_version = 99"],
            ["PRAGMA user_version = -5"],
            ["PRAGMA user_version = 0"],
            ["PRAGMA application_id = 5"],
        )
    )
    with _database(home) as connection:
        for statement in statements:
            with contextlib.suppress(sqlite3.Error):
                connection.execute(statement)
    return statements[-1]


def _bytes(home: Path, draw: random.Random) -> str:
    path = draw.choice([path for path in home.rglob("*") if path.is_file() and path.stat().st_size])
    content = bytearray(path.read_bytes())
    for _ in range(draw.choice((1, 4, 200))):
        content[draw.randrange(len(content))] = draw.randrange(256)
    path.write_bytes(content[: draw.choice((len(content), len(content), len(content) // 2))])
    return path.name


@contextlib.contextmanager
def _database(home: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(home / FILE, isolation_level=None)) as connection:
        yield connection


def main() -> int:
    """Alter as many homes as were asked for; print what was wrong, and a count."""
    n_homes, seed = [*(int(each) for each in sys.argv[1:3]), *(1000, 0)[len(sys.argv) - 1 :]]
    say: Callable[[str], object] = lambda line: (sys.stdout.write(line + "\n"), sys.stdout.flush())  # noqa: E731
    wrong: Counter[str] = Counter()
    with TemporaryDirectory(prefix="lr") as folder:
        os.chdir(folder)
        record(Path(folder, "home"))
        for number in range(n_homes):
            home = Path(folder, "altered")
            shutil.copytree(Path(folder, "home"), home)
            what = alter(home, random.Random(f"{seed} {number}"))
            for complaint in look(home):
                wrong[what.partition(":")[0]] += 1
                say(f"{number}: {what}: {complaint}")
            shutil.rmtree(home, ignore_errors=True)
    say(f"{n_homes} altered homes, each given to {len(COMMANDS)} commands and a replay: {wrong.total()} wrong ends")
    return min(1, wrong.total())


if __name__ == "__main__":
    sys.exit(main())
