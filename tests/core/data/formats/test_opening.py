"""Which files the word DATA names, and how each is opened."""

import os
from pathlib import Path

import pytest

from linreg.data.formats.opening import files_of, is_text, open_file
from linreg.dialect import TextDialect
from linreg.errors import LinregError


def refusal(data: str, **said: str) -> str:
    with pytest.raises(LinregError) as caught:
        open_file(data, TextDialect(**said))  # type: ignore[arg-type]
    return str(caught.value)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b/c.csv", "b/k=1/d.csv", "b/_tmp/e.csv", "b/_k=2/f.csv", "b/.hidden/g.csv", "b/_h.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("x,y\n1,2\n")
    (tmp_path / "b" / "README").write_text("no table")
    return tmp_path


@pytest.mark.parametrize(
    ("data", "files"),
    [
        ("a.csv", ["a.csv"]),
        ("./b/../a.csv", ["./b/../a.csv"]),
        ("b", ["b/_k=2/f.csv", "b/c.csv", "b/k=1/d.csv"]),
        ("?.csv", ["a.csv"]),
        ("*", ["a.csv", "b/_k=2/f.csv", "b/c.csv", "b/k=1/d.csv"]),
        ("b/**/*.csv", ["b/_h.csv", "b/_k=2/f.csv", "b/_tmp/e.csv", "b/c.csv", "b/k=1/d.csv"]),
        ("z*", []),
        ("absent.csv", []),
        ("-", []),
        ("a\0*", []),
    ],
)
@pytest.mark.usefixtures("folder")
def test_data_names_files_each_once_in_their_order(data: str, files: list[str]) -> None:
    assert files_of(data) == files


@pytest.mark.usefixtures("folder")
def test_a_link_that_leads_nowhere_is_no_pattern() -> None:
    os.symlink("nowhere", "a[1].csv")
    Path("a1.csv").write_text("x,y\n1,2\n")
    assert files_of("a[1].csv") == []
    assert "this is a link to 'nowhere'" in refusal("a[1].csv")


@pytest.mark.parametrize(
    ("data", "is_so"),
    [("-", True), ("a.csv", True), ("a.TSV.GZ", True), ("a.jsonl", False), ("a.PARQUET", False), ("a.feather", False),
     ("a.txt", True), ("folder", True), ("*.ndjson", False)],
)  # fmt: skip
def test_what_may_be_a_table_of_text_is_told_by_its_name(data: str, is_so: bool) -> None:
    assert is_text(data) == is_so


@pytest.mark.usefixtures("folder")
def test_what_names_no_table_is_one_sentence() -> None:
    said = "name a folder with tables in it, or put a pattern in quotes."
    assert refusal("z*") == f"z*: no file matches this pattern; {said}"
    Path("empty").mkdir()
    assert refusal("empty") == f"empty: there is no table in this folder; {said}"
    Path("b/x.parquet").write_bytes(b"PAR1")
    assert refusal("b") == (
        "b: b/x.parquet and b/_k=2/f.csv are of different kinds; choose one kind with a pattern, such as '*.parquet'."
    )
    assert refusal("https://a.org/b.csv").startswith("https://a.org/b.csv: this is an address")


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("b/k=*/*.csv", ("k", "x", "y")),
        ("b/k=1/*.csv", ("x", "y")),
        ("b/k=1", ("x", "y")),
        ("*/k=1/*.csv", ("k", "x", "y")),
        ("b/*/d.csv", ("k", "x", "y")),
    ],
)
@pytest.mark.usefixtures("folder")
def test_keys_are_the_folders_behind_what_was_named(pattern: str, names: tuple[str, ...]) -> None:
    assert open_file(pattern).names == names


def test_keys_are_written_as_in_an_address_and_need_a_name(tmp_path: Path) -> None:
    for name in ("my%20key=a%2Fb=c", "=3"):
        folder = tmp_path / name / "z=1"
        folder.mkdir(parents=True)
        (folder / "a.csv").write_text("x,y\n1,2\n")
        wanted = ("my key", "z", "x", "y") if name.startswith("my") else ("z", "x", "y")
        assert open_file(f"{tmp_path}/{name[0]}*/*/*.csv").names == wanted


@pytest.mark.parametrize(
    ("said", "names"),
    [({"separator": ";"}, ("x", "y")), ({"input_format": "csv"}, ("x;y",)), ({"input_format": "tsv"}, ("x;y",))],
)
def test_an_extension_that_tells_nothing_needs_a_word(
    said: dict[str, str], names: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "a.dat"
    path.write_text("x;y\n")
    assert "--separator ';' does" in refusal(str(path))
    if len(names) == 1:
        assert "separated by semicolons" in refusal(str(path), **said)
    else:
        assert open_file(str(path), TextDialect(**said)).names == names  # type: ignore[arg-type]
