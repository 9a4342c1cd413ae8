"""Arrays, tensors and data frames of Python as named float64 columns, checked as a file would be.

numpy would read text as numbers, forget masks and imaginary parts, and take missing cells for NaN, all without a word.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linreg.data.table import Table
from linreg.errors import LinregError, nearest
from linreg.text import shortened

_KINDS = {"U": "text", "T": "text", "S": "text", "M": "dates", "m": "durations", "c": "complex numbers"}
"""What numpy's letters mean, of kinds that could be taken for numbers."""
_SINGLE = 4
"""Bytes of the smallest floats that numpy has in common with torch."""


def rows_of(X: Any, features: Sequence[str]) -> NDArray[np.float64]:
    """Return ``(n_samples, n_features)``: a data frame's columns of these names, or an array that has just as many.

    Raises
    ------
    LinregError
        A column is missing or there are too many or too few, or not all are finite numbers.
    """
    names = _column_names(X)
    if names:
        missing = next((name for name in features if name not in names), None)
        if missing is not None:
            raise LinregError(f"X has no column {shortened(missing)!r}{nearest(missing, names)}; add it.")
        return _columns("X", X, [names.index(name) for name in features])
    rows = _numbers("X", X)
    if rows.ndim == 1 and len(features) == 1:
        rows = rows[:, np.newaxis]
    if rows.ndim != 2 or rows.shape[1] != len(features):
        wanted = shortened(", ".join(features), 80)
        raise LinregError(f"X must be (n_samples, {len(features)}), with {wanted} as columns, not {rows.shape}.")
    return rows


def table_of(X: ArrayLike, y: ArrayLike, *, as_given: bool = False) -> Table:
    """Return features ``(n_samples, n_features)`` and a target ``(n_samples,)`` or ``(n_samples, 1)`` as a table.

    The columns of a data frame keep their names; else they are x, or x1, x2, …  With `as_given` features of float32
    stay that, in their own memory, for who takes them as float64 a part at a time.

    Raises
    ------
    LinregError
        They do not fit each other, or not all are finite numbers.
    """
    columns = _column_names(X)
    features, target = _matrix("X", X, as_given=as_given), _matrix("y", y)
    if features.ndim == 1:
        features = features[:, np.newaxis]
    if target.ndim == 2 and target.shape[1] == 1:
        target = target[:, 0]
    if features.ndim != 2 or target.ndim != 1 or len(features) != len(target) or 0 in features.shape:
        raise LinregError(
            f"X and y must be (n_samples, n_features) and (n_samples,) with at least one of each, "
            f"not {features.shape} and {target.shape}."
        )
    n_features = features.shape[1]
    columns = columns or (["x"] if n_features == 1 else [f"x{number}" for number in range(1, n_features + 1)])
    return Table(features=tuple(columns), target="y", X=np.ascontiguousarray(features), y=np.ascontiguousarray(target))


def _matrix(label: str, values: Any, *, as_given: bool = False) -> NDArray[np.float64]:
    columns = _column_names(values, label)
    if columns:
        return _columns(label, values, range(len(columns)))
    return _numbers(label, values, as_given=as_given)


def _labels(values: Any) -> list[Any]:
    """Return what a data frame of pandas, polars or pyarrow calls its columns; nothing for anything else."""
    if not hasattr(values, "__array__"):
        return []
    return list(getattr(values, "column_names", getattr(values, "columns", ())))


def _column_names(values: Any, label: str = "X") -> list[str]:
    columns = [str(column) for column in _labels(values)]
    name, times = next(iter(Counter(columns).most_common(1)), ("", 0))
    if times > 1:
        raise LinregError(f"{label} has {times} columns that are called {shortened(name)!r}; rename them.")
    return columns


def _columns(label: str, frame: Any, chosen: Sequence[int]) -> NDArray[np.float64]:
    """Convert column by column: a frame as a whole would turn dates beside numbers into numbers."""
    labels = _labels(frame)
    matrix = np.empty((len(frame), len(chosen)))
    for place, index in enumerate(chosen):
        of_column = f"column {shortened(str(labels[index]))!r} of {label}"
        column = _numbers(of_column, frame[labels[index]])
        if column.ndim != 1:
            raise LinregError(f"{of_column} must hold one number a row, not {column.shape[1:]} of them.")
        matrix[:, place] = column
    return matrix


def _numbers(label: str, values: Any, *, as_given: bool = False) -> NDArray[np.float64]:
    """Convert anything array-like, if it has at least one dimension and holds finite real numbers only."""
    if _is_masked(values):
        raise LinregError(f"{label} has masked values; drop their rows, or fill them.")
    try:
        array = np.asarray(_off_the_device(values))
        _refuse_others(label, values, array)
        with np.errstate(over="ignore"):  # what does not fit becomes infinite, and is refused below
            numbers = array if as_given and array.dtype == np.float32 else np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError, OverflowError, RuntimeError) as problem:
        raise LinregError(f"{label} must hold numbers only: {shortened(str(problem), 80)}.") from None
    if not np.isfinite(numbers).all():
        where = tuple(int(index) for index in np.argwhere(~np.isfinite(numbers))[0])
        raise LinregError(f"{label} has {numbers[where]} at {list(where)}, which is no finite number; drop such rows.")
    return numbers


def _is_masked(values: Any) -> bool:
    rows = values if isinstance(values, list | tuple) else [values]
    return any(isinstance(row, np.ma.MaskedArray) and np.ma.is_masked(row) for row in rows)


def _off_the_device(values: Any) -> Any:
    """Take a torch tensor off its graph and its device, in a precision that numpy has."""
    if not hasattr(values, "detach"):
        return values
    tensor = values.detach().cpu()
    return tensor.float() if tensor.is_floating_point() and tensor.element_size() < _SINGLE else tensor


def _refuse_others(label: str, values: Any, array: NDArray[Any]) -> None:
    """Refuse what is no array, and entries that are no real numbers, whatever float() would make of them."""
    if array.ndim == 0:
        kind = "None" if values is None else shortened(type(values).__name__)
        raise LinregError(f"{label} must be an array, a list or a data frame of numbers, not {kind}.")
    if array.dtype.kind == "O":
        for where, entry in np.ndenumerate(array):
            if not isinstance(entry, Real | Decimal | np.bool_):
                shown = f"{shortened(repr(entry))} at {list(where)}"
                raise LinregError(f"{label} must hold numbers only, not {shown}; convert it, or drop such rows.")
    elif array.dtype.kind not in "biuf":
        kind = _KINDS.get(array.dtype.kind, f"the type {shortened(str(array.dtype))}")
        raise LinregError(f"{label} must hold numbers only, not {kind}; convert them first.")
