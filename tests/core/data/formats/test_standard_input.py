"""The format of rows on standard input is what their first bytes show; and no byte of them is lost."""

import io
import sys
from types import SimpleNamespace

import pytest

from linreg.data.formats.standard_input import HEAD, standard_input
from linreg.data.table import open_source
from linreg.dialect import TextDialect
from linreg.errors import LinregError


class Dripping(io.BytesIO):
    """Gives less than is asked for, as a pipe does."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(7, 7 if size is None or size < 0 else size))


def given(monkeypatch: pytest.MonkeyPatch, stream: io.BytesIO) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=stream))


@pytest.mark.parametrize(
    ("head", "said", "kind"),
    [
        (b"PAR1 and so on", {}, "parquet"),
        (b"ARROW1\0\0", {}, "arrow"),
        (b"\xff\xff\xff\xff\x10", {}, "arrow"),
        (b'{"x": 1}\n', {}, "jsonl"),
        (b'\xef\xbb\xbf \n {"x": 1}\n', {}, "jsonl"),
        (b"{x}\n1\n", {}, "csv"),
        (b"[1, 2]\n", {}, "csv"),
        (b"x,y\n1,2\n", {}, "csv"),
        (b"x\ty\n1\t2\n", {}, "tsv"),
        (b"\xef\xbb\xbfx\ty\n1\t2\n", {}, "tsv"),
        (b"x\ty\n1,5\t2,5\n", {}, "tsv"),
        (b"a,b\tc,d\n1\t2\n3\t4\n", {}, "csv"),
        (b"x,y\tz\n1,2\t3\n", {}, "csv"),
        (b"title\nx\ty\n1\t2\n", {}, "csv"),
        (b"title\nx\ty\n1\t2\n", {"skip_lines": 1}, "tsv"),
        (b"x\n1\n", {}, "csv"),
        (b"", {}, "csv"),
        (b"x\ty\n1\t2\n", {"separator": ";"}, "csv"),
        (b"PAR1", {"separator": ";"}, "parquet"),
        (b"x\ty\n1\t2\n", {"input_format": "csv"}, "csv"),
        (b"x,y\n", {"input_format": "jsonl"}, "jsonl"),
    ],
)
def test_the_first_bytes_tell_the_format_unless_it_was_said(
    head: bytes, said: dict[str, object], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(monkeypatch, io.BytesIO(head))
    found, stream = standard_input(TextDialect(**said))  # type: ignore[arg-type]
    assert found == kind
    assert stream.read() == head


@pytest.mark.parametrize("n_bytes", [0, 1, HEAD - 1, HEAD, HEAD + 1, 3 * HEAD + 5])
def test_what_was_looked_at_is_read_again(n_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    content = (b"x,y\n" + b"1,2\n" * HEAD)[:n_bytes]
    given(monkeypatch, source := io.BytesIO(content))
    _, stream = standard_input(TextDialect())
    assert source.tell() == min(n_bytes, HEAD)  # whoever is slow to write is not waited for
    assert stream.read() == content


def test_rows_may_come_in_drops(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"x\ty\n" + b"1\t2\n" * 50
    given(monkeypatch, Dripping(content))
    assert standard_input(TextDialect())[0] == "tsv"
    given(monkeypatch, Dripping(content))
    table = open_source("-").read()
    assert (table.X.tolist(), table.y.tolist()) == ([[1]] * 50, [2] * 50)


def test_what_cannot_be_read_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, io.BytesIO(b"\x1f\x8b\x08"))
    said = r"^standard input: this is gzip-compressed; unpack it on the way: zcat FILE \| linreg run -\.$"
    with pytest.raises(LinregError, match=said):
        standard_input(TextDialect())
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(LinregError, match=r"^standard input is closed; pipe a table into it, or name a file\.$"):
        standard_input(TextDialect())
