"""Columns of numbers written as a table, whole or not at all."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linreg.diagnosis import display_name
from linreg.errors import LinregError
from linreg.safe import shortened

WRITTEN = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".arrow", ".feather")
ROWS_AT_ONCE = 65536


def write_columns(path: Path | None, columns: dict[str, NDArray[np.float64]]) -> None:
    """Write columns of equal length to a file, in the format of its extension, or as CSV on standard output.

    The file is written beside its final place, flushed to the disk and renamed, so that a reader never sees half of it.

    Raises
    ------
    LinregError
        The extension is unknown or the file cannot be written.
    """
    frame = pl.DataFrame(columns)
    if path is None:
        for start in range(0, max(frame.height, 1), ROWS_AT_ONCE):
            sys.stdout.write(frame[start : start + ROWS_AT_ONCE].write_csv(include_header=start == 0))
        return
    extension = path.suffix.lower()
    name = display_name(str(path))
    if extension not in WRITTEN:
        raise LinregError(
            f"{name}: the extension {shortened(extension)!r} does not tell how to write it; "
            f"those that do are {', '.join(WRITTEN)}."
        )
    with _complete_or_absent(path, name) as temporary, open(temporary, "xb") as file:
        if extension in (".csv", ".tsv"):
            frame.write_csv(file, separator="\t" if extension == ".tsv" else ",")
        elif extension == ".parquet":
            frame.write_parquet(file)
        elif extension in (".jsonl", ".ndjson"):
            frame.write_ndjson(file)
        else:
            frame.write_ipc(file)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _complete_or_absent(path: Path, name: str) -> Iterator[Path]:
    temporary = path.with_name(f".{os.getpid()}.tmp")
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as problem:
        raise LinregError(f"{name}: cannot be written: {problem.strerror}; choose another place.") from None
    finally:
        temporary.unlink(missing_ok=True)
