"""Where rows from a pipe are kept: as long as a run needs them, and no longer; and as what."""

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from linreg.data.table import open_source
from linreg.dialect import PLAIN, TextDialect
from linreg.errors import LinregError
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.store.store import RunStore
from linreg_tui.startup.piped_rows import DAY, PLACES, keep_rows, place_for_rows


def _older(folder: Path) -> None:
    seen = folder.stat().st_mtime
    os.utime(folder, (seen - DAY - 1, seen - DAY - 1))


def test_rows_stay_for_a_run_that_is_kept_and_go_with_it(own_home: Path) -> None:
    folders = []
    for _ in range(3):
        with place_for_rows() as folder:
            (folder / "rows.csv").write_text("x,y\n1,1\n")
            folders.append(folder)
    kept, unused, new = folders
    assert kept.parent == own_home / PLACES
    with RunStore(own_home) as store:
        run = store.begin(Recipe(data=str(kept / "rows.csv")))
        store.finish(run.id, Phase.FINISHED)
        _older(kept)
        _older(unused)
        with place_for_rows() as folder:
            assert {*(own_home / PLACES).iterdir()} == {kept, new, folder}
        assert (kept / "rows.csv").read_text() == "x,y\n1,1\n"
        store.delete(run.id)
        with place_for_rows():
            assert not kept.exists()


def test_where_nothing_can_be_kept_they_are_gone_at_the_end(own_home: Path) -> None:
    own_home.write_text("")
    with place_for_rows() as folder:
        assert folder.is_dir()
    assert not folder.exists()


FRAME = pl.DataFrame({"x": [0.5, 1.5, 4.0], "y": [2.0, 3.0, 8.0]})
WRITTEN: dict[str, Callable[[io.BytesIO], object]] = {
    "csv": FRAME.write_csv,
    "tsv": lambda file: FRAME.write_csv(file, separator="\t"),
    "jsonl": FRAME.write_ndjson,
    "parquet": FRAME.write_parquet,
    "arrow": FRAME.write_ipc,
}


def _pipe(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))


@pytest.mark.parametrize("kind", WRITTEN)
def test_rows_of_every_format_are_kept_as_what_they_are(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO()
    WRITTEN[kind](file)
    _pipe(file.getvalue(), monkeypatch)
    kept = keep_rows(tmp_path, PLAIN)
    assert kept.read_bytes() == file.getvalue()
    [(X, y)] = open_source(str(kept)).batches()
    assert (X[:, 0].tolist(), y.tolist()) == (FRAME["x"].to_list(), FRAME["y"].to_list())


def test_rows_are_kept_as_what_they_were_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dialect = TextDialect(separator=";", decimal=",")
    _pipe(b"x;y\n0,5;2\n1,5;3\n", monkeypatch)
    [(X, y)] = open_source(str(keep_rows(tmp_path, dialect)), dialect=dialect).batches()
    assert (X.tolist(), y.tolist()) == ([[0.5], [1.5]], [2, 3])


def test_compressed_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _pipe(b"\x1f\x8b\x08", monkeypatch)
    with pytest.raises(LinregError, match="gzip-compressed"):
        keep_rows(tmp_path, PLAIN)
