"""Whether a value that came from a file is of the types that its dataclass says: Python itself does not look."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict

import numpy as np

T = TypeVar("T")

LARGEST = 2**63
"""What a database, and an array of whole numbers, have room for."""


def checked(value: T) -> T:
    """Return a dataclass whose fields are of their types, and so are those of the dataclasses within.

    A whole number is taken for a float. Arrays are ``float64``, or whole numbers where those are meant.

    Raises
    ------
    ValueError
        A field is of another type; the phrase names it.
    """
    assert is_dataclass(value)
    kind: Any = type(value)
    hints = _hints(kind)
    for field in fields(value):
        if not _fits(getattr(value, field.name), hints[field.name]):
            raise ValueError(f"{field.name} is not of its type")
    return value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _fits(value: Any, hint: Any) -> bool:
    origin, of = get_origin(hint), get_args(hint)
    if isinstance(value, np.generic):  # a number of numpy's is one of Python's here
        value = value.item()
    if hint is Any:
        return True
    if origin in (Union, UnionType):
        return any(_fits(value, each) for each in of)
    if origin is Literal:
        return value in of
    if origin is np.ndarray:
        return isinstance(value, np.ndarray) and value.dtype in (np.float64, np.int64, np.bool_)
    if origin is tuple:
        return isinstance(value, tuple) and _all_fit(value, of)
    if origin in (list, frozenset):
        return isinstance(value, origin) and all(_fits(each, of[0]) for each in value)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            _fits(key, of[0]) and _fits(each, of[1]) for key, each in value.items()
        )
    if hint in (None, NoneType):
        return value is None
    if is_typeddict(hint):
        known = _hints(hint)
        return isinstance(value, dict) and all(key in known and _fits(each, known[key]) for key, each in value.items())
    if isinstance(value, bool):
        return hint is bool
    if hint is float:
        return isinstance(value, float | int) and not (isinstance(value, int) and abs(value) >= LARGEST)
    if hint is int:
        return isinstance(value, int) and abs(value) < LARGEST
    if not isinstance(value, hint):
        return False
    if is_dataclass(value) and not isinstance(value, type):
        checked(value)
    return True


def _all_fit(values: tuple[Any, ...], of: tuple[Any, ...]) -> bool:
    if len(of) == 2 and of[1] is Ellipsis:
        return all(_fits(each, of[0]) for each in values)
    return len(values) == len(of) and all(map(_fits, values, of))
