"""Writing a file whole or not at all, and nothing that is no file."""

import os
from pathlib import Path

import pytest

from linreg import LinregError
from linreg.files.atomic import check_destination, write_atomically


def test_a_pipe_is_refused_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for attempt in (check_destination, lambda path: write_atomically(path, lambda file: file.write(b"new"))):
        with pytest.raises(LinregError, match="a device or a pipe"):
            attempt(pipe)
    assert pipe.is_fifo()


def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "target", tmp_path / "link"
    target.write_bytes(b"old")
    link.symlink_to(target)
    write_atomically(link, lambda file: file.write(b"new"))
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path / "folder") == ["target"]


@pytest.mark.parametrize("problem", [KeyboardInterrupt(), ValueError("no")])
def test_a_writer_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path, problem: BaseException) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def write(file: object) -> None:
        raise problem

    with pytest.raises(type(problem)):
        write_atomically(path, write)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]
