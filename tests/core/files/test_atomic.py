"""Writing a file whole or not at all, and nothing that is no file."""

import os
from pathlib import Path

import pytest

from linreg.errors import ExistsError
from linreg.files.atomic import check_destination, write_atomically


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_destination(pipe, replaces=False)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_atomically(pipe, lambda file: file.write(b"new"), replaces=False)
    assert os.read(reader, 9) == b"new"
    os.close(reader)
    assert pipe.is_fifo()


@pytest.mark.parametrize("has_links", [True, False], ids=["linked", "without links"])
def test_a_file_that_comes_between_the_look_and_the_writing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    def without_links(*_: object) -> None:
        raise PermissionError

    if not has_links:
        monkeypatch.setattr(os, "link", without_links)
    path = tmp_path / "file"
    with pytest.raises(ExistsError, match="--force"):
        write_atomically(path, lambda file: path.write_bytes(b"precious"), replaces=False)
    assert path.read_bytes() == b"precious"
    path.unlink()
    write_atomically(path, lambda file: file.write(b"new"), replaces=False)
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


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
