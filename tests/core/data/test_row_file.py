"""Rows in a file without a name."""

import errno
from pathlib import Path
from typing import NoReturn

import numpy as np
import polars as pl
import pytest

from linreg.data import row_file
from linreg.data.row_file import RowFile, room_for_rows
from linreg.data.table import open_source
from linreg.errors import LinregError


def test_rows_come_back_in_the_order_they_were_written_whatever_their_layout() -> None:
    rows = np.arange(12.0).reshape(4, 3)
    with RowFile(3) as file:
        for part in (rows[:1], np.asfortranarray(rows[1:3]), rows[:0], rows[::-1][:1]):
            file.append(part)
        mapped = file.mapped()
    assert mapped.tolist() == rows.tolist()


def test_no_rows_are_an_empty_table() -> None:
    with RowFile(2) as file:
        assert file.mapped().shape == (0, 2)


def test_a_full_disk_is_an_error_that_says_how_to_use_another() -> None:
    class Full:
        def write(self, _: object) -> NoReturn:
            raise OSError(errno.ENOSPC, "No space left on device")

    with RowFile(1) as file, pytest.MonkeyPatch.context() as patch:
        patch.setattr(file, "_file", Full())
        with pytest.raises(LinregError, match=r"No space left on device; name a folder with more room .* TMPDIR"):
            file.append(np.ones((1, 1)))


@pytest.mark.parametrize(("text", "size"), [("1000", 1000), ("4k", 4096), ("1.5G", 1.5 * 2**30), (" 2 TB", 2**41)])
def test_the_room_for_rows_can_be_given_in_units(text: str, size: float) -> None:
    assert room_for_rows({"LINREG_MEMORY": text}) == size


@pytest.mark.parametrize("text", ["much", "G", "-1", "1e9"])
def test_a_room_that_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(LinregError, match="LINREG_MEMORY"):
        room_for_rows({"LINREG_MEMORY": text})


def test_ranks_on_a_machine_share_its_memory() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_file, "_free_bytes", lambda: 12e9)
        assert (room_for_rows({}), room_for_rows({"LOCAL_WORLD_SIZE": "4"})) == (4e9, 1e9)
        assert room_for_rows({"LINREG_MEMORY": "2K", "LOCAL_WORLD_SIZE": "4"}) == 2048


GROUP = {"/sys/fs/cgroup/memory.max": "9000\n", "/sys/fs/cgroup/memory.current": "2000\n"}


@pytest.mark.parametrize(
    ("files", "n_bytes"),
    [
        ({}, float("inf")),
        ({"/proc/meminfo": "MemTotal: 9 kB\nMemAvailable:    7 kB\nMemFree: 3 kB\n"}, 7 * 1024),
        ({"/proc/meminfo": "MemAvailable: 7 kB\n", **GROUP}, 7000),
        ({"/proc/meminfo": "MemAvailable: 5 kB\n", **GROUP}, 5120),
        ({"/proc/meminfo": "MemAvailable: 7 kB\n", "/sys/fs/cgroup/memory.max": "max\n"}, 7 * 1024),
        ({"/proc/meminfo": "MemAvailable: many kB\n"}, float("inf")),
    ],
)  # fmt: skip
def test_the_room_is_what_the_system_and_its_groups_leave(
    files: dict[str, str], n_bytes: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_text(path: Path) -> str:
        if str(path) not in files:
            raise FileNotFoundError(path)
        return files[str(path)]

    monkeypatch.setattr(Path, "read_text", read_text)
    assert room_for_rows({}) == n_bytes / 3


def test_rows_are_appended_however_little_is_written_at_once() -> None:
    class Slow:
        def __init__(self) -> None:
            self.written = b""

        def write(self, data: memoryview) -> int:
            self.written += bytes(data[:5])
            return min(5, len(data))

    rows, slow = np.arange(6.0).reshape(2, 3), Slow()
    file = RowFile(3)
    file._file = slow  # type: ignore[assignment]
    file.append(rows)
    assert slow.written == rows.tobytes()
    assert file.n_rows == 2


@pytest.mark.parametrize(
    ("n_bytes", "on_disk"), [(10 * 3 * 8, False), (10 * 3 * 8 - 1, True), (0, True), (10**6, False)]
)
@pytest.mark.parametrize("extension", ["csv", "parquet"])
def test_rows_that_do_not_fit_into_the_room_are_mapped_and_the_same(
    extension: str, n_bytes: int, on_disk: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINREG_MEMORY", str(n_bytes))
    monkeypatch.setattr("linreg.data.formats.text.blocks.BLOCK", 20)
    frame = pl.DataFrame(
        {"x": range(10), "z": [number / 7 for number in range(10)], "y": [-number for number in range(10)]}
    )
    path = tmp_path / f"a.{extension}"
    frame.write_csv(path) if extension == "csv" else frame.write_parquet(path)
    table = open_source(str(path)).read()
    assert table.on_disk is on_disk
    assert (table.features, table.target, table.n_dropped) == (("x", "z"), "y", 0)
    np.testing.assert_array_equal(table.X, frame[["x", "z"]].to_numpy())
    np.testing.assert_array_equal(table.y, frame["y"].to_numpy())
