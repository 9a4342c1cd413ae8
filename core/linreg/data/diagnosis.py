"""What is wrong with a file that cannot be read: a path that leads nowhere, or contents that belie the name.

Everything is looked at before the file is opened or parsed: opening a FIFO would wait for ever, and a parser's own
message ("found more fields than defined") does not tell that the table is a web page.
"""

import errno
import os
import re
import stat
from shlex import quote as quoted

from linreg.errors import LinregError, nearest
from linreg.text import safe, shortened, shown

READ = ".csv, .tsv, .parquet, .jsonl, .ndjson, .arrow, .feather, .csv.gz and .tsv.gz"

_WORKBOOK = "save the sheet of this workbook as CSV, which every spreadsheet can"
_PIPED = " {name} | linreg run - does it"
_FROM_ITS_PROGRAM = "write the table as CSV or Parquet with the program that it comes from"
_CURES = (
    ((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods", ".numbers"), _WORKBOOK),
    ((".json", ".geojson"), "write one object a line: jq -c '.[]'" + _PIPED),
    ((".bz2",), "unpack it: bzcat" + _PIPED),
    ((".xz", ".lzma"), "unpack it: xzcat" + _PIPED),
    ((".zst",), "unpack it: zstdcat" + _PIPED),
    ((".gz", ".gzip", ".z"), "unpack it: zcat <" + _PIPED),
    ((".lz4",), "unpack it: lz4cat" + _PIPED),
    ((".tgz", ".tar", ".7z", ".rar"), "unpack this archive, and name a table in it"),
    ((".zip",), "unpack it: unzip -p" + _PIPED),
    ((".pkl", ".pickle", ".rds", ".rda", ".rdata", ".sav", ".dta", ".sas7bdat", ".mat", ".npy", ".npz", ".h5", ".hdf5"),
     _FROM_ITS_PROGRAM),
    ((".db", ".sqlite", ".sqlite3"), "write the table as CSV: sqlite3 -csv -header {name} 'SELECT …' | linreg run -"),
    ((".orc", ".avro"), "write the table as Parquet"),
)  # fmt: skip
"""What to do with files that are not read here, by their endings."""

_BINARY = (
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"PK\x03\x04", "a zip archive or an Excel workbook"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"\xff\xff\xff\xff", "an Arrow stream"),
    (b"FEA1", "a Feather file of version 1"),
    (b"BZh", "bzip2-compressed data"),
    (b"\xfd7zXZ", "xz-compressed data"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x7fELF", "a program"),
    (b"\xff\xfe\0\0", "UTF-32 text"),
    (b"\0\0\xfe\xff", "UTF-32 text"),
    (b"\xff\xfe", "UTF-16 text"),
    (b"\xfe\xff", "UTF-16 text"),
)
_TEXT = (
    (rb"version https://git-lfs", "a pointer to a file that Git LFS has not fetched (run git lfs pull)"),
    (rb"<(!doctype html|html|table|head|body|div)", "a web page"),
    (rb"<(\?xml|svg)", "XML"),
    (rb"\{\\rtf", "a rich-text document"),
    (rb"\{\s*(\"|\})|\[\s*[\[{\"\d-]", "JSON"),
)

UNICODE = {
    "UTF-16 text": "iconv -f UTF-16 -t UTF-8",
    "UTF-16 text without its mark": "iconv -f UTF-16LE -t UTF-8",
    "UTF-32 text": "iconv -f UTF-32 -t UTF-8",
}
"""Texts that are not UTF-8, and what makes it of them."""
_READ_BY = {
    "a Parquet file": "--input-format parquet reads it",
    "an Arrow file": "--input-format arrow reads it",
    "an Arrow stream": "--input-format arrow reads it",
    "a Feather file of version 1": _FROM_ITS_PROGRAM,
    "a zip archive or an Excel workbook": "of an archive: unzip -p {name} | linreg run -; " + _WORKBOOK,
    "an old Excel workbook": _WORKBOOK,
    "gzip-compressed data": "zcat",
    "bzip2-compressed data": "bzcat",
    "xz-compressed data": "xzcat",
    "zstd-compressed data": "zstdcat",
}
"""What reads a file that is not what it was taken for; a word alone is the program that unpacks it."""


def piped(name: str, command: str) -> str:
    """Write what is typed to send a file through a program; what came in on standard input is FILE there."""
    unpacks = name.lower().endswith(".gz") and not command.endswith("cat")
    return f"{f'zcat < {_typed(name)} | {command}' if unpacks else f'{command} < {_typed(name)}'} | linreg run -"


def _typed(name: str) -> str:
    return "FILE" if name == "standard input" else quoted(name)


def display_name(data: str) -> str:
    """Return the name of a file as messages show it: as given, made safe, the start cut off where it is very long."""
    return "standard input" if data == "-" else shown(data)


def check_path(data: str) -> None:
    """Refuse a path that does not lead to a regular file, without opening it."""
    name = display_name(data)
    if not data:
        raise LinregError("the name of the data file is empty; give a file, or - for standard input.")
    try:
        mode = os.stat(data).st_mode
    except (OSError, ValueError) as problem:
        raise LinregError(f"{name}: {_why_not_found(data, problem)}.") from None
    if stat.S_ISDIR(mode):
        raise LinregError(f"{name}: this is a folder; name one of the files in it.")
    if stat.S_ISFIFO(mode):
        raise LinregError(f"{name}: this is a FIFO (a pipe); give - as the data and send it in with < {name}.")
    if not stat.S_ISREG(mode):
        raise LinregError(f"{name}: this is a device or a socket; copy its data to a file, or send CSV in with -.")


def cannot_read(name: str, problem: Exception) -> LinregError:
    """Say why the system could not open or read a file."""
    if isinstance(problem, PermissionError):
        return LinregError(f"{name}: no permission to read this file; ask its owner, or check its mode with ls -l.")
    if isinstance(problem, EOFError):
        return LinregError(f"{name}: the compressed data stop in the middle; fetch or compress the file again.")
    if isinstance(problem, OSError) and problem.strerror:
        return LinregError(f"{name}: cannot be read: {problem.strerror}; check the file and the disk.")
    return LinregError(f"{name}: the compressed data are damaged; fetch or compress the file again.")


def looks_like(head: bytes) -> str | None:
    """Name what a file's first bytes show it to be, if that is not a table of text."""
    for magic, what in _BINARY:
        if head.startswith(magic):
            return what
    if len(head) > 3 and not any(head[1:64:2]) and all(head[0:64:2]):
        return "UTF-16 text without its mark"
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, what in _TEXT:
        if re.match(pattern, start, re.IGNORECASE):
            return what
    return None


def mislabelled(name: str, head: bytes, wanted: str) -> LinregError:
    """Say that a file is not what its name promises, and what it is where that shows."""
    what = looks_like(head)
    if what is None and head.isascii() and b"\0" not in head:
        what = "plain text"
    found = f"it looks like {what}" if what else "it is damaged, or another kind of file"
    cure = f"give the table itself under the right extension ({READ})"
    if what == "JSON":
        is_lines = head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
        cure = "--input-format jsonl reads it, if each line is an object; " if is_lines else ""
        cure += "of an array: " + piped(name, "jq -c '.[]'")
    elif what == "plain text":
        is_compressed = wanted == "gzip-compressed data"
        cure = (
            f"linreg run - < {_typed(name)} reads it" if is_compressed else "--input-format csv reads a table of text"
        )
    elif reader := _READ_BY.get(what or ""):
        cure = reader.format(name=_typed(name)) if " " in reader else f"{piped(name, reader)} unpacks it"
    return LinregError(f"{name}: this is not {wanted}: {found}; {cure}.")


def refuse_address(data: str) -> None:
    """Refuse an address of the web, which is no file."""
    if not re.match(r"[a-z][a-z0-9+.-]+:/{1,2}[^/\s]|file:/+[^/\s]|www\.", data, re.IGNORECASE) or os.path.exists(data):
        return
    name = display_name(data)
    if data.lower().startswith("file:"):
        raise LinregError(
            f"{name}: this is an address, not a file; give the path alone: {shown('/' + data[5:].lstrip('/'))}."
        )
    how = "send it in with linreg run -"
    if data.lower().startswith(("http", "ftp", "www.")):
        how = f"curl -L {quoted(name)}{' | zcat' if data.lower().endswith('.gz') else ''} | linreg run -"
    raise LinregError(f"{name}: this is an address, not a file; download it, or: {how}.")


def unknown_extension(name: str, data: str, option: str | None) -> LinregError:
    """Say that a file's kind is told by its extension, and what reads this one.

    Parameters
    ----------
    option
        The one that says how it is written, where that shows.
    """
    extension = os.path.splitext(data)[1]
    what = f"the extension {shortened(extension)!r} is not one" if extension else "it has no extension"
    if option:
        return LinregError(f"{name}: {what} that tells how to read it; {option} does; otherwise give it one of {READ}.")
    for endings, cure in _CURES:
        if extension.lower() in endings:
            return LinregError(f"{name}: {what} that is read here: {cure.format(name=name)}.")
    return LinregError(
        f"{name}: {what} that tells how to read it; those that do are {READ}; say the --separator of any other text."
    )


def _why_not_found(data: str, problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.errno == errno.ENOENT:
        if data.startswith("~"):
            return "there is no such file: in quotes the shell does not put your home for ~; write $HOME, or no quotes"
        if os.path.islink(data):
            return f"this is a link to {shortened(os.readlink(data))!r}, which does not exist; make the link anew"
        return f"there is no such file{_nearest_file(data)}; check the name and the folder"
    if isinstance(problem, OSError) and problem.errno == errno.ELOOP:
        return "this is a link that leads back to itself; make it anew"
    if isinstance(problem, OSError) and problem.errno == errno.ENAMETOOLONG:
        return "the name is too long for a file; check it"
    if isinstance(problem, PermissionError):
        return "no permission to look into its folder; ask its owner"
    if isinstance(problem, OSError):
        return f"cannot be found: {problem.strerror}; check the name and the folder"
    return "this cannot be a file's name; check it for NUL and other odd characters"


def _nearest_file(data: str) -> str:
    folder, wanted = os.path.split(data)
    try:
        there = os.listdir(folder or ".")
    except OSError:
        return f" (the folder {shortened(folder)!r} cannot be read either)"
    return nearest(wanted, [safe(entry) for entry in there])
