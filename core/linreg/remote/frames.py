"""Values on a stream of bytes: frames of a length, JSON, and the arrays in it as they lie in memory.

A frame begins with a mark that ends in the format's version, and three lengths: of a list of the arrays' types and
shapes, of the JSON, and of the arrays. Whoever reads sets a limit, and looks at the lengths before anything else. What
`linreg.files.nested` makes of a frame is plain values and arrays: reading never runs code.
"""

import json
from collections.abc import Iterator
from math import prod
from struct import Struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linreg.files.nested import flattened, restored

VERSION = 6
_MARK = b"lrn"
_START = Struct("<4sIII")
_TYPES = {
    name: np.dtype(name)
    for name in "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()  # noqa: SIM905
}


class FrameError(ValueError):
    """What came is not a frame, or is too large; a phrase that says so."""


class OtherVersionError(FrameError):
    """The frames are those of another version."""


def frame(value: object) -> bytes:
    """Return a value's frame.

    Raises
    ------
    NestedError
        There is something in it that is no plain value.
    """
    text, arrays = flattened(value)
    ordered = [arrays[str(number)] for number in range(len(arrays))]
    shapes = json.dumps([[array.dtype.name, array.shape] for array in ordered], separators=(",", ":")).encode()
    words, size = text.encode(), sum(array.nbytes for array in ordered)
    start = _START.pack(_MARK + bytes([VERSION]), len(shapes), len(words), size)
    return b"".join([start, shapes, words, *(array.data for array in ordered if array.size)])


class Frames:
    """Puts a stream of bytes together to values.

    Parameters
    ----------
    limit
        The most bytes that a frame may have.
    arrays
        Whether there may be arrays in it.
    """

    def __init__(self, limit: int, *, arrays: bool) -> None:
        self._limit, self._arrays = limit, arrays
        self._bytes = bytearray()

    def feed(self, content: bytes) -> Iterator[Any]:
        """Take the next bytes of the stream, and yield the values that they complete.

        Raises
        ------
        FrameError
            This is not such a stream, or no longer; what follows cannot be read.
        """
        self._bytes += content
        while len(self._bytes) >= _START.size:
            *lengths, end = self._lengths()
            if len(self._bytes) < end:
                return
            whole = bytes(self._bytes[_START.size : end])
            del self._bytes[:end]
            yield _value(whole, *lengths)

    def _lengths(self) -> tuple[int, int, int]:
        """Return the lengths of the first two parts of the next frame, and where it ends."""
        mark, n_shapes, n_words, size = _START.unpack_from(self._bytes)
        if mark[:-1] != _MARK:
            raise FrameError("what came is no message")
        if mark[-1] != VERSION:
            raise OtherVersionError("the message is of another version of linreg")
        end = _START.size + n_shapes + n_words + size
        if end > self._limit:
            raise FrameError(f"a message of {end:,} bytes is too large")
        if size and not self._arrays:
            raise FrameError("there is an array in a message that takes none")
        return n_shapes, n_words, end


def _value(content: bytes, n_shapes: int, n_words: int) -> Any:
    end = n_shapes + n_words
    try:
        arrays = _arrays(json.loads(content[:n_shapes]), content, end)
        return restored(content[n_shapes:end].decode(), arrays)
    except Exception as problem:  # whatever it is: nobody here has made these bytes
        raise FrameError(f"a message is damaged: {type(problem).__name__}") from None


def _arrays(shapes: list[tuple[str, list[int]]], content: bytes, start: int) -> dict[str, NDArray[Any]]:
    arrays = {}
    for number, (name, shape) in enumerate(shapes):
        dtype, n_values = _TYPES[name], prod(shape)
        arrays[str(number)] = np.frombuffer(content, dtype, n_values, start).reshape(shape)
        start += n_values * dtype.itemsize
    if start != len(content):
        raise ValueError
    return arrays
