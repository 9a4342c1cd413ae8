"""A recorded run in a file of its own; the ending of its name says what becomes of it.

A table has one row for each epoch that is kept, in the data's own units, and the store's numbers to the last bit. A
picture, an event file for TensorBoard and an ONNX model are each made by a module of their own, which is imported only
then: each is slow to import, or needs a package that may not be there.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from linreg.data.diagnosis import display_name
from linreg.errors import LinregError
from linreg.export.column_names import ABOVE, BIAS, COST, EPOCH, HELD_OUT, RATE, curve_columns, weight_columns
from linreg.files.atomic import check_destination
from linreg.history.curves import Curves
from linreg.store.recorded_run import RecordedRun
from linreg.text import shortened

if TYPE_CHECKING:
    from linreg.store.store import RunStore

TABLES = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".arrow", ".feather")
PICTURES = (".svg", ".png")
EVENTS, MODEL = ".tfevents", ".onnx"
WRITTEN = (*TABLES, *PICTURES, EVENTS, MODEL)


def export(store: "RunStore", word: str, path: Path, *, replaces: bool = True) -> str:
    """Write what is kept of a run to a file, whole or not at all, and return in a phrase what was written.

    Parameters
    ----------
    replaces
        Whether a file that is there may be written over.

    Raises
    ------
    LinregError
        There is no such run, nothing is kept of it, there is nothing of this kind to make of it, the file cannot be
        written, or a package is missing.
    """
    extension = path.suffix.lower()
    _check(path, extension, replaces)
    if extension == EVENTS:
        from linreg.export.tensorboard import write_events as write
    elif extension == MODEL:
        from linreg.export.onnx import write_model as write
    elif extension in PICTURES:
        from linreg.export.figure import write_figure as write
    else:
        write = write_table
    return write(path, RecordedRun.of(store, word), replaces=replaces)


def write_table(path: Path, kept: RecordedRun, *, replaces: bool = True) -> str:
    """Write a table of the epochs, in the format of the file's ending, and say how many they are.

    A number that is not finite is ``NaN`` or ``inf`` in CSV, itself in Parquet and Arrow, and null in JSON lines, which
    has no word for it.

    Raises
    ------
    LinregError
        The file cannot be written.
    """
    from linreg.data.table_writer import write_columns

    write_columns(path, table_of(kept), replaces=replaces)
    return kept.counted


def check_picture(path: Path, *, replaces: bool) -> None:
    """Refuse, before anything is worked out, a file that no picture can be written to.

    Raises
    ------
    LinregError
        Its extension is no picture's, or it cannot be written, or is there already.
    """
    extension = path.suffix.lower()
    if extension not in PICTURES:
        kind = shortened(extension or "a file without extension")
        known = ", ".join(PICTURES)
        raise LinregError(f"{display_name(str(path))}: no picture is written as {kind}; the extensions are {known}.")
    check_destination(path, replaces=replaces)


def _check(path: Path, extension: str, replaces: bool) -> None:
    """Refuse before anything is read what could not be written."""
    if extension not in WRITTEN:
        raise LinregError(
            f"{display_name(str(path))}: a run is not written as {shortened(extension or 'a file without extension')}; "
            f"the extensions are {', '.join(WRITTEN)}."
        )
    check_destination(path, replaces=replaces)


def table_of(kept: RecordedRun) -> dict[str, NDArray[Any]]:
    """Return the epochs of a run as columns by name, each ``(n_epochs,)``.

    They are epoch, the weights by name, b where there is one, cost, held_out_cost where rows are held out,
    above_least_squares (the cost less its minimum) where it is known, learning_rate, and a curve each of what a script
    has logged. Those are masked where they have no point; where one has a point at an epoch that is not kept, there is
    a row in which all else is masked.
    """
    epochs, (w, b) = kept.epochs, kept.in_original_units()
    names = weight_columns(kept.weight_names, b is not None)
    columns: dict[str, NDArray[Any]] = {EPOCH: epochs.epoch, **dict(zip(names, w.T, strict=True))}
    if b is not None:
        columns[BIAS] = b
    columns[COST] = epochs.cost
    if epochs.held_out_cost is not None:
        columns[HELD_OUT] = epochs.held_out_cost
    if epochs.excess_cost is not None:
        columns[ABOVE] = epochs.excess_cost
    columns[RATE] = epochs.learning_rate
    return _with_curves({name: np.ascontiguousarray(column) for name, column in columns.items()}, kept.curves)


def _with_curves(columns: dict[str, NDArray[Any]], curves: Curves) -> dict[str, NDArray[Any]]:
    own = columns[EPOCH]
    epochs = np.unique(np.concatenate([own, *(curve.steps for curve in curves)]))
    if len(epochs) > len(own):
        columns = {name: _placed(own, column, epochs) for name, column in columns.items()}
    columns[EPOCH] = epochs
    for curve, name in zip(curves, curve_columns([curve.name for curve in curves], columns), strict=True):
        columns[name] = _placed(curve.steps, curve.values, epochs)
    return columns


def _placed(at: NDArray[np.int64], values: NDArray[Any], epochs: NDArray[np.int64]) -> NDArray[Any]:
    """Put values at some of the epochs, ``(n,)`` both in order, into a column of all of them."""
    places, column = np.searchsorted(epochs, at), np.zeros(len(epochs), values.dtype)
    column[places] = values
    return np.ma.MaskedArray(column, ~np.isin(np.arange(len(epochs)), places))
