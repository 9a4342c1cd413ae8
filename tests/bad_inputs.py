"""Files that nobody can learn from, each made on demand, with words that its error must contain.

Every one is at fault with the default options, so that the same list serves the library and the whole command.
"""

import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl


@dataclass(frozen=True, slots=True)
class BadInput:
    """One of them: `make` writes it into an empty folder and returns the DATA argument that names it."""

    name: str
    make: Callable[[Path], str]
    words: tuple[str, ...]


def _bytes(file: str, content: bytes) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        (folder / file).write_bytes(content)
        return str(folder / file)

    return make


def _frame(file: str, columns: dict[str, list[object]], **types: pl.DataType) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        frame = pl.DataFrame(columns, schema_overrides=types, strict=False)
        write = frame.write_parquet if file.endswith("parquet") else frame.write_ipc
        write(folder / file)
        return str(folder / file)

    return make


def _damaged_parquet(cut: slice) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        path = folder / "damaged.parquet"
        pl.DataFrame({"a": [float(i) for i in range(1000)], "b": [1.5] * 1000}).write_parquet(path)
        path.write_bytes(path.read_bytes()[cut])
        return str(path)

    return make


def _link(target: str) -> Callable[[Path], str]:
    def make(folder: Path) -> str:
        (folder / "link.csv").symlink_to(target)
        return str(folder / "link.csv")

    return make


def _fifo(folder: Path) -> str:
    os.mkfifo(folder / "pipe.csv")
    return str(folder / "pipe.csv")


def _folder(folder: Path) -> str:
    (folder / "table.csv").mkdir()
    return str(folder / "table.csv")


def _misspelt(folder: Path) -> str:
    (folder / "points.csv").write_text("x,y\n1,2\n")
    return str(folder / "pionts.csv")


def _xlsx() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("xl/workbook.xml", "<workbook/>")
    return archive.getvalue()


def bad_inputs() -> list[BadInput]:
    """List them all."""
    return [*_wrong_paths(), *_wrong_contents(), *_wrong_headers(), *_wrong_rows(), *_wrong_cells(), *_wrong_types()]


def _wrong_paths() -> list[BadInput]:
    return [
        BadInput("a missing file", lambda folder: str(folder / "absent.csv"), ("no such file",)),
        BadInput("a misspelt file", _misspelt, ("no such file", "did you mean 'points.csv'")),
        BadInput("a missing folder", lambda folder: str(folder / "nowhere" / "a.csv"), ("no such file",)),
        BadInput(
            "a file used as a folder", lambda folder: _bytes("a.csv", b"")(folder) + "/b.csv", ("cannot be found",)
        ),
        BadInput("a folder", _folder, ("folder",)),
        BadInput("a FIFO", _fifo, ("FIFO", "give -")),
        BadInput("a device", lambda _: "/dev/null", ("device",)),
        BadInput("a broken link", _link("gone.csv"), ("link", "'gone.csv'")),
        BadInput("a link to itself", _link("link.csv"), ("leads back to itself",)),
        BadInput("a name that is too long", lambda folder: str(folder / ("long" * 2000 + ".csv")), ("too long",)),
        BadInput("no extension", _bytes("table", b"x,y\n1,2\n"), ("no extension", ".parquet")),
        BadInput("an unknown extension", _bytes("table.xlsx", _xlsx()), ("'.xlsx'", "as CSV")),
        BadInput("an unheard-of extension", _bytes("table.qqq", b"x\n"), ("'.qqq'", ".csv", "--separator")),
        BadInput("text of any extension", _bytes("table.dat", b"x y\n1 2\n3 4\n"), ("'.dat'", "--separator blank")),
        BadInput("a JSON document", _bytes("table.json", b"[]"), ("'.json'", "jq -c")),
        BadInput("a name with escapes", _bytes("\x1b[31mred\u202e.csv", b"x,y\n1,oops\n"), ("red", "line 2", "'oops'")),
    ]


def _wrong_contents() -> list[BadInput]:
    table = b"x,y\n" + b"1,2\n" * 5000
    mislabelled = [
        ("gzip", gzip.compress(table), "gzip"),
        ("zip", _xlsx(), "zip"),
        ("PNG", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        ("PDF", b"%PDF-1.7\n%\xe2\xe3\n", "PDF"),
        ("HTML", b"\n<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", "web page"),
        ("XML", b'<?xml version="1.0"?>\n<rows/>\n', "XML"),
        ("a JSON array", b'[{"x": 1, "y": 2}]\n', "JSON"),
        ("a JSON object", b'{\n  "x": [1, 2],\n  "y": [1, 2]\n}\n', "JSON"),
        (
            "a Git LFS pointer",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
            "git lfs pull",
        ),
        ("Parquet", b"PAR1\x15\x04\x15 \x15", "Parquet"),
        ("UTF-16", "x,y\n1,2\n".encode("utf-16"), "UTF-16"),
        ("UTF-16 without its mark", "x,y\n1,2\n".encode("utf-16-le"), "UTF-16"),
    ]
    return [
        *(BadInput(f"{name} under .csv", _bytes("a.csv", content), (word,)) for name, content, word in mislabelled),
        BadInput("CSV under .csv.gz", _bytes("a.csv.gz", table), ("not gzip",)),
        BadInput("CSV under .parquet", _bytes("a.parquet", table), ("not Parquet", "plain text")),
        BadInput("CSV under .arrow", _bytes("a.arrow", table), ("not Arrow", "plain text")),
        BadInput("Feather version 1", _bytes("a.feather", b"FEA1\0\0\0\0"), ("Feather", "version 1")),
        BadInput("CSV under .jsonl", _bytes("a.jsonl", table), ("line 1", "not valid JSON")),
        BadInput("PNG under .jsonl", _bytes("a.jsonl", b"\x89PNG\r\n\x1a\n\0"), ("PNG",)),
        BadInput(
            "truncated gzip", _bytes("a.csv.gz", gzip.compress(os.urandom(9).hex().encode() + table)[:-20]), ("stop",)
        ),
        BadInput("damaged gzip", _bytes("a.csv.gz", gzip.compress(table)[:12] + b"\xff" * 40), ("damaged",)),
        BadInput("gzip and then garbage", _bytes("a.csv.gz", gzip.compress(table) + b"garbage"), ("damaged",)),
        BadInput("truncated Parquet", _damaged_parquet(slice(0, 200)), ("Parquet", "write the file again")),
        BadInput("Parquet without its start", _damaged_parquet(slice(4, None)), ("not Parquet",)),
        BadInput("truncated Arrow", _bytes("a.arrow", b"ARROW1\0\0" + bytes(90)), ("Arrow", "write the file again")),
        BadInput("an empty CSV", _bytes("a.csv", b""), ("empty",)),
        BadInput("an empty TSV", _bytes("a.tsv", b""), ("empty",)),
        BadInput("an empty Parquet", _bytes("a.parquet", b""), ("empty",)),
        BadInput("an empty file of JSON lines", _bytes("a.ndjson", b""), ("empty",)),
        BadInput("only a byte-order mark", _bytes("a.csv", b"\xef\xbb\xbf"), ("line 1", "blank")),
    ]


def _wrong_headers() -> list[BadInput]:
    headers: list[tuple[str, str | bytes, tuple[str, ...]]] = [
        ("a header alone", "x,y\n", ("no rows",)),
        ("a header without its newline", "x,y", ("no rows",)),
        ("a blank header", "   \n1,2\n", ("line 1", "blank")),
        ("a header of separators", ",,\n1,2,3\n", ("line 1", "blank")),
        ("blank lines only", "\n\n\n", ("line 1", "blank")),
        ("no header", "1.5,2\n3,4\n", ("line 1", "looks like data")),
        ("a name twice", "x,x,y\n1,2,3\n", ("line 1", "1 and 2", "'x'")),
        ("names alike but for blanks", "x, x ,y\n1,2,3\n", ("1 and 2", "'x'")),
        ("a column without a name", ",x,y\n1,2,3\n", ("column 1 of 3", "no name")),
        ("a trailing comma in the header", "x,y,\n1,2,\n", ("column 3 of 3", "no name")),
        ("semicolons", "x;y\n1,5;2\n3;4\n", ("semicolons", "--separator ';'", "--decimal ,")),
        ("tabs under .csv", "x\ty\n1\t2\n", ("tabs",)),
        ("a single column", "x\n1\n", ("only one column", "no feature")),
        ("a Latin-1 header", "länge,y\n1,2\n".encode("latin-1"), ("line 1", "UTF-8")),
        ("carriage returns alone", "x,y\r1,2\r3,4\r", ("line 1", "carriage return")),
        ("a quote left open in the header", '"x,y\n1,2\n', ("line 1", "quotes")),
        ("NUL in the header", "x\0,y\n1,2\n", ("line 1", "NUL")),
    ]
    tsv = BadInput("commas under .tsv", _bytes("a.tsv", b"x,y\n1,2\n"), ("line 1", "commas"))
    return [*(_csv(*header) for header in headers), tsv]


def _wrong_rows() -> list[BadInput]:
    rows = [
        ("a short row", "x,z,y\n1,2,3\n4,5\n6,7,8\n", ("line 3", "2 cells", "3")),
        ("a short last row", "x,y\n1,2\n3", ("line 3", "1 cell")),
        ("a long row", "x,y\n1,2\n3,4,5\n", ("line 3", "3 cells")),
        ("a long row that ends in a comma", "x,y\n1,2,\n", ("line 2", "3 cells")),
        ("a long row beside a short one", "x,z,y\n1,2,3,4\n1,2\n", ("line 2", "4 cells")),
        ("decimal commas", "x,y\n1,5,2,5\n", ("line 2", "4 cells", "point")),
        ("a comment", "x,y\n# made by hand\n1,2\n", ("line 2", "comment")),
        ("a quote left open", 'x,y\n1,2\n"3,4\n5,6\n', ("line 3", "quotes")),
        ("text after a closing quote", 'x,y\n1,2\n"3"4,5\n', ("line 3", "quotes")),
        ("a carriage return in a row", "x,y\n1,2\n3\r,4\n", ("line 3", "carriage return")),
        ("NUL in a row", "x,y\n1,2\n3,\x004\n", ("line 3", "NUL")),
        ("a short row after blank lines", "x,y\n\n1,2\n  \n3\n", ("line 5", "1 cell")),
        ("a short row after a cell of two lines", 'x,y\n"1\n",2\n3\n', ("line 4", "1 cell")),
    ]
    return [_csv(*row) for row in rows]


def _wrong_cells() -> list[BadInput]:
    cells = [
        ("text", "1,hello", ("'hello'", "not a number")),
        ("text after a quoted cell", '"1",hello', ("'hello'", "not a number")),
        ("a thousands separator", '"1,234",2', ("'1,234'", "comma")),
        ("a decimal comma in quotes", '1,"2,5"', ("'2,5'", "comma")),
        ("an empty cell", "1,", ("empty", "--drop-missing")),
        ("an empty cell in quotes", '"",2', ("empty", "--drop-missing")),
        ("a cell of blanks", "1,  ", ("empty", "--drop-missing")),
        ("NaN", "NaN,2", ("'NaN'", "missing")),
        ("NA", "1,NA", ("'NA'", "missing")),
        ("null", "1,null", ("'null'", "missing")),
        ("infinity", "inf,2", ("'inf'", "infinite")),
        ("minus infinity", "1,-Infinity", ("'-Infinity'", "infinite")),
        ("overflow", "1e400,2", ("'1e400'", "too large")),
        ("a dash", "-,2", ("'-'", "--missing -")),
        ("a truth value in words", "yes,2", ("'yes'", "write 1 or 0")),
        ("a question mark", "?,2", ("'?'", "missing", "--missing '?'")),
        ("what a spreadsheet says", "#DIV/0!,2", ("'#DIV/0!'", "spreadsheet", "--missing '#DIV/0!'")),
        ("a typographic minus", "\N{MINUS SIGN}5,2", ("minus", "hyphen")),
        ("points for thousands", "1.299.000,2", ("points", "thousands")),
        ("blanks for thousands", "1\u00a0299,2", ("blanks", "thousands")),
        ("a date", "2024-02-30,2", ("'2024-02-30'", "date")),
        ("hexadecimal", "0x1F,2", ("'0x1F'", "hexadecimal")),
        ("an underscore", "1_000,2", ("'1_000'", "underscore")),
        ("digits of another script", "١٢,2", ("other digits than 0 to 9",)),
        ("a percentage", "12%,2", ("'12%'", "percentage")),
        ("Latin-1 in a cell", "1\xa0000,2", ("not a number",)),
        ("escapes in a cell", "1,\x1b]0;owned\x07", ("owned", "U+001B")),
        ("right-to-left override in a cell", "1,\u202e2", ("U+202E",)),
        ("a very long cell", "1," + "9" * 300 + "x" * 5000, ("…", "not a number")),
    ]
    return [
        _csv(name, f"x,y\n1,2\n{row}\n".encode("latin-1" if "Latin" in name else "utf-8"), ("line 3", "column", *words))
        for name, row, words in cells
    ]


def _wrong_types() -> list[BadInput]:
    json_lines: list[tuple[str, list[object], tuple[str, ...]]] = [
        ("a JSON array", [[{"x": 1, "y": 2}]], ("line 1", "array")),
        ("a JSON number", [1], ("line 1", "no JSON object")),
        ("an object without keys", [{}], ("line 1", "no columns")),
        ("a missing key", [{"x": 1, "y": 2}, {"x": 1}], ("line 2", "'y'", "--drop-missing")),
        ("an extra key", [{"x": 1, "y": 2}, {"x": 1, "y": 2, "z": 3}], ("line 2", "'z'")),
        ("JSON text", [{"x": 1, "y": 2}, {"x": "3", "y": 4}], ("line 2", "'x'", '"3"', "text")),
        ("a nested value", [{"x": [1], "y": 2}], ("line 1", "'x'", "nested")),
        ("a JSON null", [{"x": 1, "y": None}], ("line 1", "'y'", "empty")),
        ("an integer too large", [{"x": 10**400, "y": 2}], ("line 1", "'x'", "too large")),
        ("a JSON infinity", [{"x": float("inf"), "y": 2}], ("line 1", "'x'", "infinite")),
    ]
    broken_json = [
        ("broken JSON", b'{"x": 1, "y": 2}\n{"x": 1, "y": \n', ("line 2", "not valid JSON")),
        ("a key twice", b'{"x": 1, "x": 3, "y": 2}\n', ("line 1", "'x'", "twice")),
        ("deeply nested JSON", b'{"x": ' + b"[" * 100_000 + b"\n", ("line 1", "not valid JSON")),
    ]
    columns: list[tuple[str, dict[str, list[object]], tuple[str, ...]]] = [
        ("text", {"x": ["a"], "y": [1.0]}, ("'x'", "String")),
        ("dates", {"x": [date(2024, 1, 1)], "y": [1.0]}, ("'x'", "Date")),
        ("lists", {"x": [[1.0]], "y": [1.0]}, ("'x'", "List")),
        ("a null", {"x": [1.0, 2.0], "y": [1.0, None]}, ("row 2", "'y'", "empty")),
        ("a NaN", {"x": [1.0, float("nan")], "y": [1.0, 2.0]}, ("row 2", "'x'", "nan")),
        ("an infinity", {"x": [1.0, 2.0], "y": [float("-inf"), 2.0]}, ("row 1", "'y'", "infinite")),
        ("a null decimal", {"x": [Decimal("1.5"), None], "y": [1.0, 2.0]}, ("row 2", "'x'")),
    ]
    files = [("Parquet", "a.parquet"), ("Arrow", "a.arrow")]
    return [
        *(
            BadInput(name, _bytes("a.jsonl", "".join(json.dumps(row) + "\n" for row in rows).encode()), words)
            for name, rows, words in json_lines
        ),
        *(BadInput(name, _bytes("a.jsonl", content), words) for name, content, words in broken_json),
        *(
            BadInput(f"{name} in {kind}", _frame(file, values), words)
            for kind, file in files
            for name, values, words in columns
        ),
        *(
            BadInput(
                f"no rows in {kind}", _frame(file, {"x": [], "y": []}, x=pl.Float64(), y=pl.Float64()), ("no rows",)
            )
            for kind, file in files
        ),
        BadInput("a single column in Parquet", _frame("a.parquet", {"x": [1.0]}), ("only one column", "no feature")),
        BadInput("names alike in Parquet", _frame("a.parquet", {"x": [1.0], " x": [1.0]}), ("both named 'x'",)),
    ]


def _csv(name: str, content: str | bytes, words: tuple[str, ...]) -> BadInput:
    return BadInput(name, _bytes("a.csv", content.encode() if isinstance(content, str) else content), words)
