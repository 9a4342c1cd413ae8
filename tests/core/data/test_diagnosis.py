"""What a path that leads nowhere, or a file that is something else, is said to be."""

import errno
import os
import socket
from pathlib import Path

import pytest

from linreg.data.diagnosis import (
    READ,
    cannot_read,
    check_path,
    display_name,
    looks_like,
    mislabelled,
    refuse_address,
    unknown_extension,
)
from linreg.errors import LinregError


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"\x1f\x8b\x08", "gzip-compressed data"),
        (b"PK\x03\x04", "a zip archive or an Excel workbook"),
        (b"BZh91", "bzip2-compressed data"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\xfe\xff\0x", "UTF-16 text"),
        (b"  <HTML lang=de>", "a web page"),
        (b"\xef\xbb\xbf\n<!DocType html>", "a web page"),
        (b"<svg>", "XML"),
        (b"{\\rtf1", "a rich-text document"),
        (b'{"x": 1}', "JSON"),
        (b"{ }", "JSON"),
        (b"[-1]", "JSON"),
        (b'[ {"x": 1}]', "JSON"),
        (b"[x]", None),
        (b"{x}", None),
        (b"x <html", None),
        (b" PK\x03\x04", None),
        (b"x,y\n1,2\n", None),
        (b"", None),
    ],
)
def test_the_first_bytes_show_what_is_no_table(head: bytes, what: str | None) -> None:
    assert looks_like(head) == what


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"PAR1", "it looks like a Parquet file; --input-format parquet reads it"),
        (
            b'{"x',
            "it looks like JSON; --input-format jsonl reads it, if each line is an object; "
            "of an array: jq -c '.[]' < 'a b' | linreg run -",
        ),
        (b"[1", "it looks like JSON; of an array: jq -c '.[]' < 'a b' | linreg run -"),
        (b"BZh", "it looks like bzip2-compressed data; bzcat < 'a b' | linreg run - unpacks it"),
        (b"x,y\n1,2\n", "it looks like plain text; --input-format csv reads a table of text"),
        (b"%PDF", f"it looks like a PDF document; give the table itself under the right extension ({READ})"),
        (
            "é".encode(),
            f"it is damaged, or another kind of file; give the table itself under the right extension ({READ})",
        ),
        (b"x\0y", f"it is damaged, or another kind of file; give the table itself under the right extension ({READ})"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_named_as_what_it_is(head: bytes, found: str) -> None:
    assert str(mislabelled("a b", head, "Arrow data")) == f"a b: this is not Arrow data: {found}."


def test_standard_input_has_a_name() -> None:
    assert (display_name("-"), display_name("--"), display_name("a.csv")) == ("standard input", "--", "a.csv")


@pytest.mark.parametrize(
    ("data", "how"),
    [
        ("https://a.org/b.csv", "curl -L https://a.org/b.csv | linreg run -"),
        ("FTP://a.org/b.csv", "curl -L FTP://a.org/b.csv | linreg run -"),
        ("s3://bucket/b.parquet", "send it in with linreg run -"),
        ("git+ssh://a.org/b", "send it in with linreg run -"),
        ("https:/a.org/b.csv", "curl -L https:/a.org/b.csv | linreg run -"),
    ],
)
def test_an_address_of_the_web_is_no_file(data: str, how: str) -> None:
    with pytest.raises(LinregError) as caught:
        refuse_address(data)
    assert str(caught.value) == f"{data}: this is an address, not a file; download it, or: {how}."


@pytest.mark.parametrize("data", ["a.csv", "/a/b.csv", "C:/a/b.csv", "a://", "x://", "https:///b", "./https://a/b"])
def test_a_path_is_no_address(data: str) -> None:
    refuse_address(data)


def test_a_file_that_is_there_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ab:").mkdir()
    (tmp_path / "ab:" / "c").write_text("x")
    refuse_address("ab:/c")
    with pytest.raises(LinregError):
        refuse_address("ab:/d")


_NOT_READ = "the extension {!r} is not one that is read here"
_TELLS = "that tells how to read it"


@pytest.mark.parametrize(
    ("data", "separator", "sentence"),
    [
        ("a.xlsx", None, f"{_NOT_READ.format('.xlsx')}: save the sheet of this workbook as CSV, which every"),
        ("a.ZIP", None, f"{_NOT_READ.format('.ZIP')}: unpack it: unzip -p a.ZIP | linreg run - does it."),
        ("a.db", None, f"{_NOT_READ.format('.db')}: write the table as CSV: sqlite3 -csv -header a.db '"),
        ("a.xlsx", "--separator ,", f"the extension '.xlsx' is not one {_TELLS}; --separator , does; otherwise give"),
        ("a.dat", "--separator ';'", f"the extension '.dat' is not one {_TELLS}; --separator ';' does; otherwise give"),
        ("a.dat", None, f"the extension '.dat' is not one {_TELLS}; those that do are {READ}; say the --separator"),
        ("a", None, f"it has no extension {_TELLS}; those that do are {READ}; say the --separator of any other text."),
    ],
)
def test_an_extension_that_tells_nothing_is_said_with_what_reads_the_file(
    data: str, separator: str | None, sentence: str
) -> None:
    assert str(unknown_extension(data, data, separator)).startswith(f"{data}: {sentence}")


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        (PermissionError(13, "x"), "no permission to read this file; ask its owner, or check its mode with ls -l."),
        (EOFError("x"), "the compressed data stop in the middle; fetch or compress the file again."),
        (OSError(5, "Input/output error"), "cannot be read: Input/output error; check the file and the disk."),
        (OSError("CRC check failed"), "the compressed data are damaged; fetch or compress the file again."),
        (ValueError("x"), "the compressed data are damaged; fetch or compress the file again."),
    ],
)
def test_why_a_file_cannot_be_read_is_said(problem: Exception, why: str) -> None:
    assert str(cannot_read("a.csv", problem)) == f"a.csv: {why}"


def why_not(data: str) -> str:
    with pytest.raises(LinregError) as caught:
        check_path(data)
    return str(caught.value).removeprefix(f"{display_name(data)}: ")


def test_why_a_path_leads_to_no_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("x")
    check_path("a.csv")
    Path("gone.csv").symlink_to("nowhere.csv")
    Path("round.csv").symlink_to("round.csv")
    os.mkfifo("fifo.csv")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("door.csv")
        assert why_not("door.csv") == ("this is a device or a socket; copy its data to a file, or send CSV in with -.")
    said = {
        "": "the name of the data file is empty; give a file, or - for standard input.",
        ".": "this is a folder; name one of the files in it.",
        "fifo.csv": "this is a FIFO (a pipe); give - as the data and send it in with < fifo.csv.",
        "A.CVS": "there is no such file (did you mean 'a.csv'?); check the name and the folder.",
        "zzz": "there is no such file; check the name and the folder.",
        "no/a.csv": "there is no such file (the folder 'no' cannot be read either); check the name and the folder.",
        "gone.csv": "this is a link to 'nowhere.csv', which does not exist; make the link anew.",
        "round.csv": "this is a link that leads back to itself; make it anew.",
        "x" * 300: "the name is too long for a file; check it.",
        "a.csv/b": "cannot be found: Not a directory; check the name and the folder.",
        "a\0": "this cannot be a file's name; check it for NUL and other odd characters.",
    }
    assert {data: why_not(data) for data in said} == said

    def refuse(path: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "stat", refuse)
    assert why_not("a.csv") == "no permission to look into its folder; ask its owner."
