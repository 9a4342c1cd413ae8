"""A recorded run as a table in a file of its own: one row for each epoch that is kept, in the data's own units.

The numbers are those of the store, to the last bit; the extension says how they are written.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from linreg.atomic import check_destination
from linreg.diagnosis import display_name
from linreg.errors import LinregError
from linreg.safe import shortened

if TYPE_CHECKING:
    from linreg.facts import Facts
    from linreg.runs import RunStore

WRITTEN = (".csv", ".tsv", ".parquet", ".jsonl", ".ndjson", ".arrow", ".feather")
_OWN = ("epoch", "cost", "excess_cost", "learning_rate")


def export(store: "RunStore", word: str, path: Path) -> int:
    """Write the epochs of a run to a file, and return how many they are.

    Columns: epoch, the weights by name, b where there is one, cost, excess_cost where it is known, learning_rate. A
    number that is not finite is ``NaN`` or ``inf`` in CSV, itself in Parquet and Arrow, and null in JSON lines, which
    has no word for it.

    Raises
    ------
    LinregError
        There is no such run, nothing is kept of it, or the file cannot be written.
    """
    _check(path)
    from linreg.output import write_columns

    columns = table_of(store, word)
    n_epochs = len(columns["epoch"])
    if not n_epochs:
        raise LinregError(f"nothing is kept of the run {shortened(word)}: it ended before its first epochs were.")
    write_columns(path, columns)
    return n_epochs


def _check(path: Path) -> None:
    """Refuse before anything is read what could not be written."""
    extension = path.suffix.lower()
    if extension not in WRITTEN:
        raise LinregError(
            f"{display_name(str(path))}: a run is not written as {shortened(extension or 'a file without extension')}; "
            f"the extensions are {', '.join(WRITTEN)}."
        )
    check_destination(path)


def table_of(store: "RunStore", word: str) -> dict[str, NDArray[Any]]:
    """Return the epochs of a run as columns by name, each ``(n_epochs,)``.

    Raises
    ------
    LinregError
        There is no such run.
    """
    epochs, facts = store.epochs(word), facts_of_run(store, word)
    columns: dict[str, NDArray[Any]] = {"epoch": epochs.epoch}
    if facts is None:  # the store was damaged while the run went on: as trained, without names
        names = [f"parameter_{number}" for number in range(1, epochs.parameters.shape[1] + 1)]
        columns |= dict(zip(names, epochs.parameters.T, strict=True))
    elif len(epochs):
        w, b = facts.in_original_units(epochs.parameters)
        names = [_free(name, facts.has_bias) for name in facts.weight_names]
        columns |= dict(zip(names, w.T, strict=True)) | ({} if b is None else {"b": b})
    columns["cost"] = epochs.cost
    if epochs.excess_cost is not None:
        columns["excess_cost"] = epochs.excess_cost
    return {name: np.ascontiguousarray(column) for name, column in columns.items()} | {
        "learning_rate": epochs.learning_rate
    }


def facts_of_run(store: "RunStore", word: str) -> "Facts | None":
    """Return what is known of a run beside its epochs; None where it is lost.

    Raises
    ------
    LinregError
        There is no such run, or what is known of it is damaged.
    """
    from linreg.facts import Facts
    from linreg.plain import made

    values = store.facts(word)
    try:
        return None if values is None else made(Facts, values)
    except (LinregError, TypeError, ValueError, LookupError, AttributeError):
        return None


def _free(name: str, has_bias: bool) -> str:
    """Return a weight's name, told apart from the columns that every run has."""
    return f"w_{name}" if name.removeprefix("w_") in (*_OWN, *(["b"] if has_bias else [])) else name
