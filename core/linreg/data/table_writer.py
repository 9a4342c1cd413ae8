"""Columns of numbers written as a table, whole or not at all."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linreg.data.diagnosis import display_name
from linreg.errors import LinregError
from linreg.files.atomic import is_stream, write_atomically
from linreg.text import shortened

WRITTEN = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".arrow", ".feather")
ROWS_AT_ONCE = 65536


def write_columns(path: Path | None, columns: dict[str, NDArray[np.float64]], *, replaces: bool = True) -> None:
    """Write columns of equal length to a file, in the format of its extension, or as CSV on standard output.

    What a masked array masks is an empty cell.

    A device or a pipe without an extension gets CSV too. Unless it `replaces` one that is there, the file is a new one;
    it is written beside its final place, flushed to the disk and renamed, so that a reader never sees half of it.

    Raises
    ------
    LinregError
        The extension is unknown or the file cannot be written.
    """
    frame = pl.DataFrame({name: _with_gaps(column) for name, column in columns.items()})
    if path is None:
        for start in range(0, max(frame.height, 1), ROWS_AT_ONCE):
            sys.stdout.write(frame[start : start + ROWS_AT_ONCE].write_csv(include_header=start == 0))
        return
    extension = path.suffix.lower() or (".csv" if is_stream(path) else "")
    name = display_name(str(path))
    if extension not in WRITTEN:
        raise LinregError(
            f"{name}: the extension {shortened(extension)!r} does not tell how to write it; "
            f"those that do are {', '.join(WRITTEN)}."
        )
    writers: dict[str, Callable[[IO[bytes]], object]] = {
        ".csv": frame.write_csv,
        ".tsv": lambda file: frame.write_csv(file, separator="\t"),
        ".parquet": frame.write_parquet,
        ".jsonl": frame.write_ndjson,
        ".ndjson": frame.write_ndjson,
        ".arrow": frame.write_ipc,
        ".feather": frame.write_ipc,
    }
    write_atomically(path, writers[extension], replaces=replaces)


def _with_gaps(column: NDArray[np.float64]) -> NDArray[np.float64] | pl.Series:
    return pl.Series(column.tolist(), dtype=pl.Float64) if isinstance(column, np.ma.MaskedArray) else column
