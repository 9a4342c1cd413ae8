"""What a Parquet or Arrow file says of itself beside its rows: which columns are but labels of the rows.

pandas writes its row labels as columns and names them in the file's metadata. Those of an Arrow file are in its schema,
a flatbuffer, which polars does not show; so are its columns' names, of which polars panics if two are the same.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from io import FileIO
from struct import error as StructError  # noqa: N812
from struct import unpack_from

from linreg.data.choice import labels_among

LONGEST = 16 << 20
_HEADER, _FIELDS, _SCHEMA_METADATA, _NAME, _KEY, _VALUE = 2, 1, 2, 0, 0, 1
"""The places of the fields that are read here in their flatbuffer tables (Arrow's Message.fbs and Schema.fbs)."""


def row_labels(about: Mapping[str, str], names: Sequence[str]) -> frozenset[str]:
    """Return those columns that pandas wrote as labels of the rows; `about` is a file's metadata by key."""
    named = labels_among(names)
    try:
        columns = json.loads(about.get("pandas", "{}")).get("index_columns", [])
        return named | frozenset(name for name in columns if isinstance(name, str)) & frozenset(names)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return named


def arrow_schema(file: FileIO) -> tuple[list[str] | None, dict[str, str]]:
    """Read the columns' names and the metadata of an Arrow file or stream; None and nothing where that cannot be done.

    The file is left where it is found to stand.
    """
    file.seek(0)
    start = 8 if file.read(6) == b"ARROW1" else 0
    file.seek(start)
    try:
        mark, size = unpack_from("<Ii", file.read(8))
        if mark != 0xFFFFFFFF or not 0 < size < LONGEST:
            return None, {}
        buffer = file.read(size)
        schema = _table(buffer, unpack_from("<I", buffer)[0])[_HEADER]
        fields = _table(buffer, _target(buffer, schema))
        names = [_text(buffer, each[_NAME]) for each in _tables(buffer, fields[_FIELDS])]
        pairs = [(_text(buffer, each[_KEY]), _text(buffer, each[_VALUE])) for each in _metadata(buffer, fields)]
        return names, dict(pairs)
    except (StructError, IndexError, KeyError, UnicodeDecodeError):
        return None, {}
    finally:
        file.seek(0)


def _metadata(buffer: bytes, schema: dict[int, int]) -> Iterator[dict[int, int]]:
    return _tables(buffer, schema[_SCHEMA_METADATA]) if _SCHEMA_METADATA in schema else iter(())


def _table(buffer: bytes, place: int) -> dict[int, int]:
    """Return where the fields of a table are, by their number; absent ones are not there."""
    directory = place - unpack_from("<i", buffer, place)[0]
    if directory < 0:
        raise IndexError
    n_fields = (unpack_from("<H", buffer, directory)[0] - 4) // 2
    offsets = unpack_from(f"<{max(0, n_fields)}H", buffer, directory + 4)
    return {number: place + offset for number, offset in enumerate(offsets) if offset}


def _target(buffer: bytes, place: int) -> int:
    return place + int(unpack_from("<I", buffer, place)[0])


def _tables(buffer: bytes, place: int) -> Iterator[dict[int, int]]:
    start = _target(buffer, place)
    for count in range(min(len(buffer) // 4, unpack_from("<I", buffer, start)[0])):
        yield _table(buffer, _target(buffer, start + 4 + 4 * count))


def _text(buffer: bytes, place: int) -> str:
    start = _target(buffer, place)
    length = unpack_from("<I", buffer, start)[0]
    if start + 4 + length > len(buffer):
        raise IndexError
    return buffer[start + 4 : start + 4 + length].decode()
