"""From the word DATA to the file or files that it names, each opened by its extension, or as it was said.

A file of just that name comes first, so that ``part[1].csv`` can be read; then a folder, with all that is below it;
then a pattern. What several writers leave beside the data (``_SUCCESS``, ``.part-0.crc``) is passed over.
"""

import os
from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from linreg.data.diagnosis import check_path, display_name, refuse_address, unknown_extension
from linreg.data.formats.columnar import ColumnarFile
from linreg.data.formats.datafile import DataFile
from linreg.data.formats.many_files import ManyFiles, Member
from linreg.data.formats.standard_input import standard_input
from linreg.data.formats.text.delimited import DelimitedFile
from linreg.data.formats.text.jsonlines import JsonLinesFile
from linreg.data.formats.text.layout import option_shown
from linreg.dialect import PLAIN, TextDialect
from linreg.errors import LinregError

_KINDS = {
    (".csv", ".csv.gz"): "csv",
    (".tsv", ".tsv.gz"): "tsv",
    (".jsonl", ".ndjson"): "jsonl",
    (".parquet",): "parquet",
    (".arrow", ".feather"): "arrow",
}


def open_file(data: str, dialect: TextDialect = PLAIN) -> DataFile:
    """Open a file, a folder of files, the files that a pattern matches, or ``-``: standard input.

    Raises
    ------
    LinregError
        There is no such file, it cannot be read or is written in another way, or the files do not make up one table.
    """
    refuse_address(data)
    if data == "-":
        kind, stream = standard_input(dialect)
        return _opened(data, kind, dialect, stream)
    if os.path.isdir(data):
        return _many(data, Path(data), _files_below(data), dialect)
    if has_magic(data) and "\0" not in data and not os.path.lexists(data):
        matches = (found for match in glob(data, recursive=True) for found in _files_at(match))
        return _many(data, _fixed_folder(data), matches, dialect)
    return _open_one(data, dialect)


def files_of(data: str) -> list[str]:
    """List the files that DATA names, as `open_file` would read them; none for what can be read only once."""
    if os.path.isdir(data):
        found: Iterable[str] = _files_below(data)
    elif has_magic(data) and "\0" not in data and not os.path.lexists(data):
        found = (file for match in glob(data, recursive=True) for file in _files_at(match))
    else:
        return [data] if os.path.isfile(data) else []
    return sorted({os.path.normpath(file) for file in found})


def is_text(data: str) -> bool:
    """Whether DATA is read as a table of text unless it is said otherwise; a folder or a pattern may hold anything."""
    return data == "-" or _kind(data) not in ("jsonl", "parquet", "arrow")


def _open_one(data: str, dialect: TextDialect) -> DataFile:
    check_path(data)
    kind = dialect.input_format or _kind(data) or (None if dialect.separator is None else "csv")
    if kind is None:
        raise unknown_extension(display_name(data), data, option_shown(data))
    return _opened(data, kind, dialect)


def _opened(data: str, kind: str, dialect: TextDialect, stream: BinaryIO | None = None) -> DataFile:
    if kind == "jsonl":
        return JsonLinesFile(data, dialect, stream)
    if kind in ("parquet", "arrow"):
        return ColumnarFile(data, kind.capitalize(), dialect, stream)
    return DelimitedFile(data, "\t" if kind == "tsv" else ",", dialect, stream)


def _many(data: str, root: Path, files: Iterable[str], dialect: TextDialect) -> DataFile:
    """Open files as one table, in the order of their names, each once."""
    name, paths = display_name(data), sorted({os.path.normpath(file) for file in files})
    if not paths:
        what = "there is no table in this folder" if os.path.isdir(data) else "no file matches this pattern"
        raise LinregError(f"{name}: {what}; name a folder with tables in it, or put a pattern in quotes.")
    kinds = {_kind(path): path for path in reversed(paths)}
    if len(kinds) > 1:
        one, other = list(kinds.values())[:2]
        raise LinregError(
            f"{name}: {display_name(one)} and {display_name(other)} are of different kinds; "
            "choose one kind with a pattern, such as '*.parquet'."
        )
    members = [
        Member(_open_one(path, dialect), display_name(path), os.path.getsize(path), _keys(root, path)) for path in paths
    ]
    return ManyFiles(name, members)


def _kind(path: str) -> str | None:
    lowered = path.lower()
    return next((kind for extensions, kind in _KINDS.items() if lowered.endswith(extensions)), None)


def _files_at(match: str) -> Iterable[str]:
    return _files_below(match) if os.path.isdir(match) else [match]


def _files_below(folder: str) -> Iterator[str]:
    """Find all tables in a folder and in the folders below it."""

    def refuse(problem: OSError) -> None:
        raise LinregError(f"{display_name(folder)}: cannot be looked through: {problem.strerror}; check its mode.")

    for place, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not _is_hidden(name)]
        yield from (os.path.join(place, name) for name in files if _kind(name) and not _is_hidden(name))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or (name.startswith("_") and "=" not in name)


def _fixed_folder(pattern: str) -> Path:
    """Return the part of a pattern before its first wildcard."""
    parts = Path(pattern).parts[:-1]
    fixed = next((count for count, part in enumerate(parts) if has_magic(part)), len(parts))
    return Path(*parts[:fixed])


def _keys(root: Path, path: str) -> dict[str, str]:
    """Read ``key=value`` in the names of the folders between `root` and the file."""
    folders = Path(os.path.relpath(path, root)).parts[:-1]
    pairs = [folder.partition("=") for folder in folders if "=" in folder[1:]]
    return {unquote(key): unquote(value) for key, _, value in pairs}
