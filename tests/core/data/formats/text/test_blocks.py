"""A text in blocks of whole records, against the text itself."""

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.data.formats.datafile import WHOLE, Share
from linreg.data.formats.text import blocks, records
from linreg.data.formats.text.blocks import TextFile, lines_of
from linreg.errors import LinregError

MARK = b"\xef\xbb\xbf"
LINES = st.lists(st.sampled_from([b"1,2", b"", b'"a\nb"', b"long" * 9, b"x"]), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("blocks")


def opened(path: Path, kind: str = "CSV", skip_lines: int = 0, separator: str | None = ",") -> TextFile:
    return TextFile(str(path), kind=kind, separator=separator, skip_lines=skip_lines)


@given(LINES, st.integers(len(MARK), 60), st.booleans(), st.booleans(), st.booleans())
def test_blocks_make_up_the_text_and_end_where_records_do(
    folder: Path, rows: list[bytes], size: int, is_marked: bool, ends_its_last_line: bool, is_compressed: bool
) -> None:
    text = b"\n".join([b"x", *rows]) + b"\n" * ends_its_last_line
    path = folder / ("a.csv.gz" if is_compressed else "a.csv")
    content = MARK * is_marked + text
    path.write_bytes(gzip.compress(content) if is_compressed else content)
    file = opened(path)
    found = list(file.blocks(size))
    assert b"".join(block.text for block in found) == text
    assert file.fraction_read == 1
    assert all(block.text for block in found[:-1])
    before = 0
    for block in found[:-1]:
        assert block.line == 1 + text[:before].count(b"\n")
        before += len(block.text)
        assert text[before - 1 : before] == b"\n"
        assert text[:before].count(b'"') % 2 == 0
    assert found[-1].line == 1 + text[:before].count(b"\n")
    largest = max(map(len, text.split(b"\n"))) + 4 if b'"' not in text else len(text)
    assert max(len(block.text) for block in found) <= max(size, 2 * largest)


@given(st.integers(0, 6), st.integers(3, 40), st.booleans(), st.booleans())
def test_lines_are_passed_over_wherever_a_buffer_ends(
    folder: Path, n_skipped: int, size: int, is_marked: bool, is_stream: bool
) -> None:
    lines = [b"a title that is long\n", b"\n", b'a "quote\n', b"x\n", b"and more of it\n", b"9\n", b"1,2\n", b"3,4\n"]
    path, content = folder / "a.csv", MARK * is_marked + b"".join(lines)
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        stream = io.BytesIO(content) if is_stream else None
        file = TextFile(str(path), kind="CSV", separator=None, skip_lines=n_skipped, stream=stream)
        found = list(file.blocks())
        assert b"".join(block.text for block in found) == b"".join(lines[n_skipped:])
        assert found[0].line == 1 + n_skipped
        if is_stream:
            assert file.fraction_read is None
            return
        parts = [(part.line, part.text) for part in file.ranges(WHOLE) if part is not None]
        assert b"".join(text for _, text in parts) == b"".join(lines[n_skipped:])
        assert parts[0][0] == 1 + n_skipped


@pytest.mark.parametrize("size", [3, 4, 8, 100])
@pytest.mark.parametrize(
    ("content", "n_skipped", "what"),
    [
        (b"x,y", 1, "its only line"),
        (b"x,y\n", 1, "its only line"),
        (b"x,y\n", 7, "its only line"),
        (b"x,y\n1,2\n", 2, "all of its 2 lines"),
        (b"x,y\n1,2", 2, "all of its 2 lines"),
    ],
)
def test_where_no_line_is_left_it_is_said_how_many_there_are(
    content: bytes, n_skipped: int, what: str, size: int, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(LinregError) as caught:
        list(opened(tmp_path / "a.csv", skip_lines=n_skipped).blocks(size))
    assert str(caught.value).endswith(f"a.csv: --skip-lines {n_skipped} passes over {what}; give a smaller number.")


@pytest.mark.parametrize("size", [4, 9, 100])
def test_the_line_of_a_nul_is_said(size: int, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"title\nx,y\n1,2\n3,\x004\n")
    with pytest.raises(LinregError, match=r"a\.csv, line 4: there is a NUL byte, which no text has; .*tr -d"):
        list(opened(tmp_path / "a.csv", skip_lines=1).blocks(size))


@pytest.mark.parametrize(("limit", "is_refused"), [(64, True), (128, True), (256, False), (257, False)])
def test_a_record_may_be_as_long_as_the_limit(
    limit: int, is_refused: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "LARGEST_RECORD", limit)
    (tmp_path / "a.csv").write_bytes(b"x,y\n" + b"1" * 250 + b"\n1,2\n")
    file = opened(tmp_path / "a.csv")
    if is_refused:
        with pytest.raises(LinregError, match="line 2: the row does not end"):
            list(file.blocks(16))
    else:
        assert b"".join(block.text for block in file.blocks(16)).count(b"\n") == 3


def test_only_a_first_part_is_looked_at_for_the_header(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "HEAD", 8)
    (tmp_path / "a.csv").write_bytes(b"x,y\n" + b"1,2\n" * 100)
    file = opened(tmp_path / "a.csv")
    assert next(iter(file.head())).text == b"x,y\n1,2\n"
    assert len(list(file.head())) > 40


def test_a_stream_gives_its_first_block_to_look_at_and_again_to_read() -> None:
    file = TextFile("-", kind="CSV", separator=",", stream=io.BytesIO(b"x,y\n1,2\n"))
    assert [block.text for block in file.head()] == [block.text for block in file.head()] == [b"x,y\n1,2\n"]
    assert b"".join(block.text for block in file.blocks()) == b"x,y\n1,2\n"
    with pytest.raises(LinregError, match=r"^standard input: it can be read only once; save the data in a file\.$"):
        list(file.blocks())


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("CSV", b"", "a.csv: the file is empty; give a table with a row or more."),
        ("CSV", b"\xff\xfex\0", "a.csv: this is UTF-16 text; save it as UTF-8, or: iconv -f UTF-16"),
        ("CSV", b'{"x": 1}', "a.csv: this is not CSV: it looks like JSON; --input-format jsonl reads it"),
        ("text", b"%PDF-1.7", "a.csv: this is not text: it looks like a PDF document; give"),
        ("JSON lines", b"%PDF-1.7", "a.csv: this is not JSON lines: it looks like a PDF document; give"),
        ("JSON lines", b'{"x": 1}', None),
    ],
)
def test_what_a_file_starts_with_tells_what_it_is_not(
    kind: str, content: bytes, words: str | None, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    file = opened(tmp_path / "a.csv", kind)
    if words is None:
        assert next(file.blocks()).text == content
    else:
        with pytest.raises(LinregError) as caught:
            next(file.blocks())
        assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(words)


def test_a_start_beyond_the_first_bytes_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b" " * 508 + b"%PDF and so on\n")
    assert next(opened(tmp_path / "a.csv").blocks()).line == 1
    (tmp_path / "b.csv").write_bytes(b" " * 507 + b"<svg and so on\n")
    with pytest.raises(LinregError, match="it looks like XML"):
        next(opened(tmp_path / "b.csv").blocks(600))


def test_what_is_said_to_be_compressed_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(b"")
    with pytest.raises(LinregError, match=r"the file is empty"):
        next(opened(path).blocks())
    path.write_bytes(b"x,y\n1,2\n")
    with pytest.raises(LinregError, match=r"this is not gzip-compressed data: it looks like plain text"):
        next(opened(path).blocks())


def test_ranges_need_a_plain_file(tmp_path: Path) -> None:
    for name, has_ranges in (("a.csv", True), ("a.csv.gz", False), ("absent.csv", False)):
        if name != "absent.csv":
            (tmp_path / name).write_bytes(gzip.compress(b"x\n") if name.endswith("gz") else b"x\n")
        assert opened(tmp_path / name).has_ranges == has_ranges
    assert not TextFile("-", kind="CSV", separator=",", stream=io.BytesIO(b"x")).has_ranges


def test_a_file_that_each_process_cuts_by_itself_is_cut_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv.gz").write_bytes(bytes(1000))
    file = opened(tmp_path / "a.csv.gz")
    monkeypatch.setattr(blocks, "SMALLEST_PART", 10)
    for block, part, size in ((400, 200, 167), (100, 200, 84), (400, 5000, 334)):
        monkeypatch.setattr(blocks, "BLOCK", block)
        monkeypatch.setattr(blocks, "PART", part)
        assert file.block_size(Share(1, 3)) == size
        assert file.block_size(WHOLE) == block


def test_lines_keep_bytes_that_are_not_utf8() -> None:
    assert list(lines_of("é\r\nx\n".encode() + b"\xff\n\nend")) == ["é\r\n", "x\n", "\udcff\n", "\n", "end"]
