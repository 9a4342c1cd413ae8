"""Damage a file of every format in many ways, and see that each is read or refused with one sentence.

    python tests/damaged_files.py [MUTATIONS] [SEED]      of each format, 2000 unless said otherwise

A mutation cuts, repeats, flips, swaps or inserts bytes, or puts those of one format into another. ``linreg run`` is
given each, recipes too: whatever comes of it, it ends with a documented status, standard error has sentences of ours
alone, and no word of a library.
"""

import io
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from types import MappingProxyType

import polars as pl
import pyarrow as pa
from pyarrow import ipc, parquet

from linreg.cli.app import run_command_line
from linreg.data.formats.quiet import OwnStandardError
from linreg.data.table import open_source
from linreg.dialect import TextDialect
from linreg.errors import LinregError

_ODD = [
    b"\0",
    b'"',
    b",",
    b";",
    b"\t",
    b"\r",
    b"\n",
    b"\xff\xff\xff\xff",
    b"PAR1",
    b"ARROW1",
    b"nan",
    b"1e999",
    b"{",
    b"\x80",
]
DIALECTS = [
    TextDialect(),
    TextDialect(separator=";", decimal=","),
    TextDialect(separator="blank", header=False),
    TextDialect(separator="¦", quote="none", missing=("?",)),
    TextDialect(header=True, skip_lines=1),
]


def originals() -> dict[str, bytes]:
    """Return a sound file of each format, by its ending."""
    frame = pl.DataFrame(
        {"x": [1.5, 2.5, None, 4.0] * 9, "n": range(36), "t": ["a b", 'c"d', "é", ""] * 9, "y": [0.1] * 36}
    )
    made: dict[str, io.BytesIO] = {
        ending: io.BytesIO() for ending in ("parquet", "1.parquet", "arrow", "1.arrow", "feather")
    }
    frame.write_parquet(made["parquet"])
    frame.write_ipc(made["arrow"])
    frame.write_ipc_stream(made["feather"])
    table = pa.table({"x": [1.5, 2.5] * 9, "d": pa.array(["a", "b"] * 9).dictionary_encode(), "y": [1, None] * 9})
    table = table.replace_schema_metadata({"pandas": '{"index_columns": ["d"]}'})
    parquet.write_table(table, made["1.parquet"], row_group_size=5)
    with ipc.new_file(made["1.arrow"], table.schema, options=ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_table(table, max_chunksize=5)
    texts = {"csv": frame.write_csv(), "tsv": frame.write_csv(separator="\t"), "jsonl": frame.write_ndjson()}
    return {
        **{ending: text.encode() for ending, text in texts.items()},
        **{k: file.getvalue() for k, file in made.items()},
    }


def mutated(original: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Return a damaged copy."""
    content = bytearray(original)
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        at, to = sorted(chance.randrange(len(content) + 1) for _ in range(2))
        match chance.randrange(7):
            case 0:
                del content[at : min(to, at + chance.choice((1, 4, 64, 10**6)))]
            case 1:
                content[at:at] = chance.choice(_ODD) * chance.choice((1, 1, 3))
            case 2 if content:
                content[at % len(content)] = chance.randrange(256)
            case 3 if content:
                content[at % len(content)] ^= 1 << chance.randrange(8)
            case 4:
                content[at:at] = content[at : min(to, at + 64)]
            case 5:
                other = chance.choice(others)
                start = chance.randrange(len(other))
                content[at : at + 16] = other[start : start + 16]
            case _:
                content[at : at + 4] = chance.choice((0, 1, 255, 2**31 - 1, 2**32 - 1)).to_bytes(4, "little")
    return bytes(content)


@contextmanager
def heard() -> Iterator[list[bytes]]:
    """Collect what is written to descriptor 2."""
    kept, said = os.dup(2), list[bytes]()
    with TemporaryFile(buffering=0) as file:
        os.dup2(file.fileno(), 2)
        try:
            yield said
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.append(os.pread(file.fileno(), 1 << 20, 0))


RECIPE = b"""# A recipe of every kind of value.
title = "what is damaged"
data = "sound.csv"
target = "y"
features = ["x", "n"]
exclude = ["t"]
drop_missing = true
standardize = true
optimizer = "SGD"
learning_rate = 0.01
epochs = 3
every = 1
batch_size = 8
init = "normal"
seed = 7
until_step = 1e-9

[options]
momentum = 0.5
"""
STATUSES = {0, 2, 3}
_WORKER = "--worker"


def commanded(path: Path, dialect: TextDialect, exclude: tuple[str, ...]) -> str:
    """Give a file to ``linreg run``; say how it ended, with a word in capitals where that is a fault."""
    options = ["--epochs", "2", "--drop-missing", *(word for name in exclude for word in ("--exclude", name))]
    out = io.StringIO()
    with heard() as said, OwnStandardError(open(os.dup(2), "wb"), "utf-8", line_buffering=True) as err:
        try:
            with redirect_stdout(out), redirect_stderr(err):
                chosen = [] if path.suffix == ".toml" else [*options, *_said(dialect)]
                status = run_command_line(["run", "-q", str(path), *chosen])
        except BaseException as problem:
            return f"RAISES {type(problem).__name__}: {problem}"
    text = said[0].decode(errors="replace")
    strange = [line for line in text.splitlines() if not line.startswith("linreg: ") or "panic" in line.lower()]
    if status not in STATUSES or strange or (status == 2 and text.count("\n") != 1):
        return f"ENDS {status}: {text[:300]!r}"
    return "read" if status != 2 else "refused"


class Commanded:
    """Gives files to ``linreg run`` in a process of its own, for a library may end it; then there is another."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __call__(self, path: Path, dialect: TextDialect, exclude: tuple[str, ...]) -> str:
        """Say how it ended."""
        if self._process is None:
            pipe = subprocess.PIPE
            command = [sys.executable, __file__, _WORKER]
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{json.dumps([str(path), DIALECTS.index(dialect), exclude])}\n")
        process.stdin.flush()
        ended = process.stdout.readline()
        if ended:
            return str(json.loads(ended))
        self._process = None
        _, said = process.communicate()
        # its last words are in what the worker has listened to; test_quiet.py hears them
        return "refused" if process.returncode == 2 and not said else f"ENDS {process.returncode}: {said[-300:]!r}"


def _work() -> None:
    for line in sys.stdin:
        path, dialect, exclude = json.loads(line)
        print(json.dumps(commanded(Path(path), DIALECTS[dialect], tuple(exclude))), flush=True)  # noqa: T201


def _said(dialect: TextDialect) -> list[str]:
    """Say a dialect on the command line."""
    words = ["--separator", dialect.separator] if dialect.separator else []
    words += ["--decimal", dialect.decimal, "--quote", dialect.quote, "--skip-lines", str(dialect.skip_lines)]
    words += [word for each in dialect.missing for word in ("--missing", each)]
    return words + ([] if dialect.header is None else ["--header" if dialect.header else "--no-header"])


def outcome(path: Path, dialect: TextDialect, exclude: tuple[str, ...]) -> str:
    """Read a file as the command does; say how it ended, with a word in capitals where that is a fault."""
    with heard() as said, OwnStandardError(open(os.dup(2), "wb"), "utf-8") as err, redirect_stderr(err):
        try:
            for _ in open_source(str(path), drop_missing=True, exclude=exclude, dialect=dialect).batches():
                pass
            ended = "read"
        except LinregError as problem:
            ended = (
                "refused" if str(problem).endswith(".") and "panic" not in str(problem).lower() else f"SAYS {problem}"
            )
        except Exception as problem:
            ended = f"RAISES {type(problem).__name__}: {problem}"
    return f"PRINTS {said[0][:200]!r}" if said[0] else ended


def damaged(
    folder: Path,
    n_mutations: int,
    seed: int,
    how: Callable[[Path, TextDialect, tuple[str, ...]], str] = outcome,
    more: Mapping[str, bytes] = MappingProxyType({}),
) -> Iterator[tuple[str, str]]:
    """Yield the ending of each damaged file, and how reading it ended; a file that is at fault stays in the folder.

    `how` reads it; `more`: other originals by their endings.
    """
    chance, there = random.Random(seed), {**originals(), **more}
    (folder / "sound.csv").write_bytes(there["csv"])
    for ending, original in there.items():
        for number in range(n_mutations):
            path = folder / f"{number}.{ending}"
            path.write_bytes(mutated(original, list(there.values()), chance))
            is_text = ending in ("csv", "tsv")
            ended = how(
                path,
                chance.choice(DIALECTS) if is_text and number % 2 else DIALECTS[0],
                () if ending[0] == "1" else ("t",),
            )
            yield ending, ended
            if not ended.split()[0].isupper():
                path.unlink()


def main() -> int:
    """Run it from the command line; the status is the number of faults, at most 1."""
    if sys.argv[1:] == [_WORKER]:
        _work()
        return 0
    n_mutations, seed = (int(word) for word in [*sys.argv[1:3], *("2000", "0")[len(sys.argv) - 1 :]])
    counts: Counter[tuple[str, str]] = Counter()
    with TemporaryDirectory() as folder:
        os.environ["LINREG_HOME"] = str(Path(folder, "home"))
        for ending, ended in damaged(Path(folder), n_mutations, seed, Commanded(), {"toml": RECIPE}):
            counts[ending, ended.split()[0]] += 1
            if ended.split()[0].isupper():
                sys.stdout.write(f"{ending}: {ended}\n")
    for (ending, word), count in sorted(counts.items()):
        sys.stdout.write(f"{ending:10} {word:8} {count:,}\n")
    sys.stdout.write(f"{counts.total():,} damaged files and recipes given to linreg run\n")
    return int(any(word.isupper() for _, word in counts))


if __name__ == "__main__":
    sys.exit(main())
