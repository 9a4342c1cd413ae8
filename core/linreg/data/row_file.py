"""Rows that do not fit into memory: a file without a name, mapped, that is gone when the process is.

The system keeps of it in memory what there is room for. It lies in the folder that TMPDIR names, else in /tmp.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Self, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from linreg.errors import LinregError
from linreg.text import safe

_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


class RowFile:
    """A table ``(n_rows, n_columns)`` that grows at its end; what has been mapped stays when it is closed."""

    def __init__(self, n_columns: int, dtype: DTypeLike = np.float64) -> None:
        self.n_rows = 0
        self._n_columns, self._dtype = n_columns, np.dtype(dtype)
        self._file: BinaryIO | None = None  # not before there are rows: hardly any table needs it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def append(self, rows: NDArray[Any]) -> None:
        """Write rows ``(n, n_columns)`` after those that are there.

        Raises
        ------
        LinregError
            The disk is full.
        """
        data = np.ascontiguousarray(rows, self._dtype)
        unwritten = memoryview(cast(bytes, data.reshape(-1).view(np.uint8)))
        try:
            if self._file is None:
                self._file = cast(BinaryIO, TemporaryFile(buffering=0))  # noqa: SIM115
            while unwritten:
                unwritten = unwritten[self._file.write(unwritten) :]
        except OSError as problem:
            folder = safe(os.environ.get("TMPDIR", "/tmp"))
            raise LinregError(
                f"{folder}: the rows do not fit into memory, nor here: {problem.strerror}; "
                "name a folder with more room in the environment as TMPDIR."
            ) from None
        self.n_rows += len(data)

    def mapped(self) -> NDArray[Any]:
        """Return the rows written so far; they are read as they are looked at."""
        if not self.n_rows or self._file is None:
            return np.empty((0, self._n_columns), self._dtype)
        return np.memmap(self._file, self._dtype, "r+", shape=(self.n_rows, self._n_columns))


def room_for_rows(environment: Mapping[str, str] = os.environ) -> float:
    """Return how many bytes of rows may be kept in memory: LINREG_MEMORY (as 500M or 4G), or a third of what is free.

    A third, because training keeps them once as they were read and once as they are trained on.

    Raises
    ------
    LinregError
        LINREG_MEMORY is no size.
    """
    given = environment.get("LINREG_MEMORY", "").strip().upper().removesuffix("B")
    if given:
        number, unit = (given[:-1].strip(), _UNITS[given[-1]]) if given[-1] in _UNITS else (given, 1)
        if not number.replace(".", "", 1).isdecimal():
            raise LinregError("LINREG_MEMORY takes a number of bytes, such as 500M or 4G; correct or unset it.")
        return float(number) * unit
    return _free_bytes() / 3 / int(environment.get("LOCAL_WORLD_SIZE", 1))


def _free_bytes() -> float:
    """Ask the system, and the control group that the process may be in; infinite where neither tells."""
    free = [float("inf")]
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free += [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")]
        group = Path("/sys/fs/cgroup")
        free.append(int((group / "memory.max").read_text()) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):
        pass
    return min(free)
