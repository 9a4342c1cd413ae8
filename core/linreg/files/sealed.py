"""A nested value as one safetensors file with a checksum over every byte of it.

The arrays are its tensors and all else is JSON in its metadata, so that any reader of safetensors can look inside. The
checksum is there too. It is that of the file with zeros in its own place; so a flipped bit is noticed wherever it is,
and so is a missing end.
"""

import json
from hashlib import blake2b
from typing import Any

from linreg.files.nested import NestedError, flattened, restored
from linreg.text import shortened

_FIELD = b'"blake2b":"'
"""Quotes within the other fields are escaped, so that this occurs once."""
_BLANK = "0" * 64


class SealError(ValueError):
    """A file that is damaged or is something else; a phrase that says what is wrong."""


class OtherKindError(SealError):
    """A whole file, but of another kind or another version."""


def seal(kind: str, value: object) -> bytes:
    """Return the file's content.

    Parameters
    ----------
    kind
        What it is and the format's version, such as ``"linreg checkpoint 1"``.

    Raises
    ------
    NestedError
        There is something in the value that cannot be kept.
    """
    from safetensors.numpy import save

    text, arrays = flattened(value)
    content = save(arrays, metadata={"format": kind, "value": text, "blake2b": _BLANK})
    place = _place_of_checksum(content)
    return b"".join([content[: place.start], _checksum(content), content[place.stop :]])


def unseal(kind: str, content: bytes) -> Any:
    """Return the value.

    Raises
    ------
    SealError
        The content is damaged; `OtherKindError`: it is whole, but not of this kind.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    place = _place_of_checksum(content)
    blank = b"".join([content[: place.start], _BLANK.encode(), content[place.stop :]])
    if content[place] != _checksum(blank):
        raise SealError("its checksum does not fit its content")
    try:
        metadata = json.loads(_header(content))["__metadata__"]
        if metadata["format"] != kind:
            raise OtherKindError(f"it is a {shortened(str(metadata['format']))}, not a {kind}")
        return restored(metadata["value"], load(content))
    except SealError:
        raise
    except (NestedError, SafetensorError, LookupError, TypeError, ValueError, RecursionError) as problem:
        raise SealError(shortened(str(problem), 200)) from None


def _header(content: bytes) -> bytes:
    length = int.from_bytes(content[:8], "little")
    if len(content) < 8 + length:
        raise SealError("its end is missing")
    return content[8 : 8 + length]


def _place_of_checksum(content: bytes) -> slice:
    header = _header(content)
    if header.count(_FIELD) != 1:
        raise SealError("it has no checksum")
    start = 8 + header.index(_FIELD) + len(_FIELD)
    return slice(start, start + len(_BLANK))


def _checksum(content: bytes) -> bytes:
    return blake2b(content, digest_size=len(_BLANK) // 2).hexdigest().encode()
