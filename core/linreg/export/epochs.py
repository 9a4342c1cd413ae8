"""The epochs that a history holds, in a file, in the fields of the plain command's output.

A run that is watched need not be in the store, and what is there of it is behind: this is what the screen shows.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from linreg.arrays import Vector
from linreg.errors import LinregError
from linreg.export.column_names import epoch_columns
from linreg.files.atomic import check_destination, write_atomically
from linreg.files.json_lines import to_json
from linreg.history.history import History
from linreg.text import safe
from linreg.training.facts import Facts


class EpochRow(NamedTuple):
    """One epoch as it is written, in the data's own units: w ``(n_weights,)``, b None without a bias.

    `held_out_cost` is that of these w and b over the rows that are held out; None where none are.
    """

    epoch: int
    w: Vector
    b: float | None
    cost: float
    learning_rate: float
    held_out_cost: float | None = None

    def cells(self) -> list[int | str]:
        """Write it as CSV has it, in the order of `epoch_columns`: each number with the digits that read back as it."""
        return [self.epoch, *map(repr, self.numbers)]

    @property
    def numbers(self) -> list[float]:
        """What stands behind the epoch in the order of `epoch_columns`."""
        others = (self.b, self.cost, self.held_out_cost)
        return [*self.w.tolist(), *(number for number in others if number is not None)]

    def event(self, weight_names: Sequence[str]) -> dict[str, Any]:
        """Return it as JSON lines have it."""
        weights = dict(zip(weight_names, self.w.tolist(), strict=True))
        numbers = {"w": weights, "b": self.b, "cost": self.cost, "learning_rate": self.learning_rate}
        held_out = {} if self.held_out_cost is None else {"held_out_cost": self.held_out_cost}
        return {"event": "epoch", "epoch": self.epoch, **numbers, **held_out}


def write_epochs(path: Path, facts: Facts, history: History, until: int, *, replaces: bool = True) -> int:
    """Write every epoch that is kept up to `until` to a ``.csv`` or ``.jsonl`` file, and return how many they are.

    Raises
    ------
    LinregError
        No epoch has run, or the file cannot be written, is of another kind, or is the one that the data are read from.
    """
    check_epochs_file(path, *facts.recipe.read_from, replaces=replaces)
    rows = list(_rows(facts, history, until))
    if not rows:
        raise LinregError("no epoch has run yet: there is nothing to write.")
    written = _WRITERS[path.suffix.lower()](facts, rows).encode()
    write_atomically(path, lambda file: file.write(written), replaces=replaces)
    return len(rows)


def check_epochs_file(path: Path, *data: str, replaces: bool = True) -> None:
    """Refuse a file that `write_epochs` would not write."""
    if path.suffix.lower() not in _WRITERS:
        raise LinregError(f"{safe(path.name)} is neither .csv nor .jsonl; give a name with one of these.")
    check_destination(path, *data, replaces=replaces)


def _rows(facts: Facts, history: History, until: int) -> Iterator[EpochRow]:
    for row in history.kept_rows(until):
        w, b = facts.in_original_units(row.parameters)
        bias = None if b is None else float(b)
        yield EpochRow(row.epoch, w, bias, row.cost, row.learning_rate, row.held_out_cost)


def _as_csv(facts: Facts, rows: Sequence[EpochRow]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(epoch_columns(facts.weight_names, facts.has_bias, rows[0].held_out_cost is not None))
    writer.writerows(row.cells() for row in rows)
    return out.getvalue()


def _as_json_lines(facts: Facts, rows: Sequence[EpochRow]) -> str:
    return "".join(to_json(row.event(facts.weight_names)) + "\n" for row in rows)


_WRITERS = {".csv": _as_csv, ".jsonl": _as_json_lines}
