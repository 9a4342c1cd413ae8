"""Where rows from a pipe are kept: as long as a run needs them, and no longer."""

import os
from pathlib import Path

from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.store.store import RunStore
from linreg_tui.startup.piped_rows import DAY, PLACES, place_for_rows


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
