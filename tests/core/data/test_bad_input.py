"""Bad data is refused with one sentence that names the file and says where and what, and never with a traceback."""

import bz2
import gzip
import io
import lzma
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from unicodedata import category

import polars as pl
import pytest

from bad_inputs import BadInput, bad_inputs
from linreg.data.table import open_source
from linreg.dialect import TextDialect
from linreg.errors import LinregError
from linreg.text import safe

BAD_INPUTS = bad_inputs()


def read_whole(data: str) -> None:
    open_source(data).read()


def read_in_batches(data: str) -> None:
    for _ in open_source(data).batches():
        pass


def refusal(data: str, *, whole: bool) -> str:
    with pytest.raises(LinregError) as caught:
        read_whole(data) if whole else read_in_batches(data)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: bad.name)
def test_a_bad_input_is_refused_with_one_sentence_that_names_it(bad: BadInput, tmp_path: Path) -> None:
    data = bad.make(tmp_path)
    sentence = refusal(data, whole=True)
    assert sentence == refusal(data, whole=False)
    assert safe(data)[-30:] in sentence
    assert sentence.endswith(".")
    assert not [character for character in sentence if category(character) in ("Cc", "Cf", "Cs")]
    for word in bad.words:
        assert word in sentence
    assert len(sentence) < len(str(tmp_path)) + 500


C = b"x,y\n1,2\n2,4\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", C.decode().encode("utf-16")),
        ("a.csv", C.decode().encode("utf-16-le")),
        ("a.csv", C.decode().encode("utf-32")),
        ("a.csv", "größe,y\n1,2\n2,4\n".encode("latin-1")),
        ("a b.csv", C.replace(b"\n", b"\r")),
        ("a.csv.gz", gzip.compress(C.replace(b"\n", b"\r"), mtime=0)),
        ("a.csv", C.replace(b"\n", b"\0\n")),
        ("a.csv", C.replace(b"1,2", b"1,2\n# 3")),
        ("a.csv", C.replace(b"1,2", b'"1,2"').replace(b"2,4", b'"2,4"')),
        ("a.csv", gzip.compress(C, mtime=0)),
        ("a.gz", gzip.compress(C, mtime=0)),
        ("a.csv.gzip", gzip.compress(C, mtime=0)),
        ("a.csv.gz", C),
        ("a.csv", bz2.compress(C)),
        ("a.csv", lzma.compress(C)),
    ],
)
def test_what_is_to_be_typed_for_a_file_of_another_kind_reads_it(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    said = refusal(name, whole=True)
    programs = "zcat|bzcat|xzcat|iconv|tr|grep"
    command = re.search(rf"[:;] ((?:{programs}) .*?) \| linreg run -|linreg run - (< \S+)", said)
    assert command, said
    assert shutil.which((command[1] or "cat").split()[0]), "the programs are those of every Unix"
    text = subprocess.run(["sh", "-c", command[1] or f"cat {command[2]}"], capture_output=True, check=True).stdout
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text)))
    assert open_source("-").read().y.tolist() == [2, 4]


@pytest.mark.parametrize(
    ("name", "content", "option"),
    [
        ("a.json", b'{"x": 1, "y": 2}\n{"x": 2, "y": 4}\n', "--input-format jsonl"),
        ("a.txt", b'{"x": 1, "y": 2}\n{"x": 2, "y": 4}\n', "--input-format jsonl"),
        ("a.csv", b'{"x": 1, "y": 2}\n{"x": 2, "y": 4}\n', "--input-format jsonl"),
        ("a.parquet", C, "--input-format csv"),
        ("a.xlsx", C, "--separator ,"),
        ("a.csv", "parquet", "--input-format parquet"),
        ("a.pq", "parquet", "--input-format parquet"),
        ("a.parquet", "arrow", "--input-format arrow"),
        ("a.ipc", "arrow", "--input-format arrow"),
        ("a.arrows", "stream", "--input-format arrow"),
        ("a.csv", "stream", "--input-format arrow"),
    ],
)
def test_the_option_that_reads_a_file_of_another_name_is_said(
    name: str, content: bytes | str, option: str, tmp_path: Path
) -> None:
    frame, path = pl.DataFrame({"x": [1.0, 2.0], "y": [2.0, 4.0]}), tmp_path / name
    match content:
        case "parquet":
            frame.write_parquet(path)
        case "arrow":
            frame.write_ipc(path)
        case "stream":
            frame.write_ipc_stream(path)
        case bytes():
            path.write_bytes(content)
    assert option in refusal(str(path), whole=True)
    key, value = option.removeprefix("--").replace("-", "_").split()
    assert open_source(str(path), dialect=TextDialect().changed(**{key: value})).read().y.tolist() == [2, 4]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("https://e.com/a.csv?x=1&y=2", "curl -L 'https://e.com/a.csv?x=1&y=2' | linreg run -"),
        ("www.e.com/a.csv", "curl -L www.e.com/a.csv | linreg run -"),
        ("https://e.com/a.csv.gz", "curl -L https://e.com/a.csv.gz | zcat | linreg run -"),
        ("file:///tmp/none.csv", "the path alone: /tmp/none.csv"),
        ("~/none.csv", "$HOME"),
    ],
)
def test_an_address_or_a_home_that_is_no_path_says_what_is_to_be_typed(data: str, words: str) -> None:
    assert words in refusal(data, whole=True)


def test_a_column_without_a_value_is_left_out_by_what_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y,z\n1,2,\n2,4,\n", encoding="utf-8")
    assert "--exclude z" in refusal(str(path), whole=True)
    frame = pl.DataFrame({"x": [1.0], "y": [2.0], "z": [None]})
    frame.write_parquet(tmp_path / "a.parquet")
    assert "--exclude z" in refusal(str(tmp_path / "a.parquet"), whole=True)
    with pytest.raises(LinregError, match="--exclude"):
        open_source(str(path), drop_missing=True).read()


@pytest.mark.parametrize("value", [date(2024, 1, 1), [1, 2], {"a": 1}, b"a"])
def test_a_column_of_a_type_that_can_be_no_category_is_not_called_one(value: object, tmp_path: Path) -> None:
    pl.DataFrame({"d": [value], "y": [2.0]}).write_parquet(tmp_path / "a.parquet")
    said = refusal(str(tmp_path / "a.parquet"), whole=True)
    assert "--exclude 'd'" in said
    assert "--categorical" not in said


def test_there_are_more_than_sixty_bad_inputs_with_different_names() -> None:
    assert len({bad.name for bad in BAD_INPUTS}) == len(BAD_INPUTS) >= 60


def test_an_empty_name_is_refused() -> None:
    assert "empty" in refusal("", whole=True)


def test_a_name_with_a_nul_is_refused() -> None:
    assert "NUL" in refusal("a\0.csv", whole=True)


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "secret.csv"
    data.write_text("x,y\n1,2\n")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    assert "no permission" in refusal(str(data), whole=True)


def test_a_folder_that_cannot_be_entered_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", refuse)
    assert "permission" in refusal(str(tmp_path / "a.csv"), whole=True)


def test_a_disk_that_fails_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "a.csv"
    data.write_text("x,y\n1,2\n")
    source = open_source(str(data))
    data.unlink()
    with pytest.raises(LinregError, match="cannot be read: No such file"):
        source.read()


def test_a_header_that_changes_between_opening_and_reading_is_noticed(tmp_path: Path) -> None:
    data = tmp_path / "a.csv"
    data.write_text("x,y\n1,2\n")
    source = open_source(str(data))
    data.write_text("y,x\n1,2\n")
    with pytest.raises(LinregError, match="header has changed"):
        source.read()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "wieght"}, ("--target", "'wieght'", "did you mean 'weight'", "'height', 'weight', 'note'")),
        ({"features": ["nope"]}, ("--feature", "'nope'", "'height'")),
        ({"exclude": ["nope"]}, ("--exclude", "'nope'", "'height'")),
        ({"features": ["height"], "target": "height"}, ("'height'", "also --target")),
        ({"features": ["height", "height"], "target": "weight"}, ("'height'", "twice")),
        ({"features": ["note"]}, ("'note'", "last column")),
        ({"exclude": ["note"], "target": "note"}, ("'note'", "--target and --exclude")),
        ({"exclude": ["height"], "features": ["height"]}, ("'height'", "--feature and --exclude")),
        ({"exclude": ["height", "note"]}, ("no feature is left",)),
        ({"exclude": ["height", "weight", "note"]}, ("no feature is left",)),
        ({"target": "weight"}, ("line 2", "'tall'", "--exclude 'note'")),
        ({"target": "note"}, ("line 2", "'tall'", "--target")),
        ({"features": ["note"], "target": "weight"}, ("line 2", "'tall'", "choose other columns with --feature")),
    ],
)
def test_a_wrong_choice_of_columns_is_refused_with_the_way_out(
    options: dict[str, object], words: tuple[str, ...], tmp_path: Path
) -> None:
    data = tmp_path / "people.csv"
    data.write_text("height,weight,note\n1.8,75,tall\n")
    with pytest.raises(LinregError) as caught:
        open_source(str(data), **options).read()  # type: ignore[arg-type]
    assert str(data) in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_many_columns_are_named_in_part_only(tmp_path: Path) -> None:
    data = tmp_path / "wide.csv"
    data.write_text(",".join(f"x{i}" for i in range(500)) + "\n")
    with pytest.raises(LinregError, match=r"'x11' and 488 more\.$"):
        open_source(str(data), target="weight")


def test_a_row_that_never_ends_is_refused_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linreg.data.formats.text.records.LARGEST_RECORD", 1 << 20)
    data = tmp_path / "a.csv"
    data.write_bytes(b'x,y\n1,2\n"3,' + b"4\n" * (14 << 19))
    with pytest.raises(LinregError, match=r"line 3: the row does not end within 1 MiB"):
        open_source(str(data)).read()


def test_an_endless_cell_is_refused_where_it_starts(tmp_path: Path) -> None:
    data = tmp_path / "a.csv"
    data.write_bytes(b'x,y\n1,2\n"3,' + b"4\n" * 200_000)
    with pytest.raises(LinregError, match="line 3: "):
        open_source(str(data)).read()


def test_damaged_files_leave_nothing_on_standard_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for count, bad in enumerate(BAD_INPUTS):
        folder = tmp_path / str(count)
        folder.mkdir()
        refusal(bad.make(folder), whole=True)
    sys.stderr.flush()
    assert capfd.readouterr() == ("", "")
