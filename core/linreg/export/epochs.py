"""The epochs that a history holds, in a file, in the fields of the plain command's output, with what a script logged.

A run that is watched need not be in the store, and what is there of it is behind: this is what the screen shows.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from linreg.arrays import Vector
from linreg.errors import LinregError
from linreg.export.column_names import EPOCH, curve_columns, epoch_columns
from linreg.files.atomic import check_destination, write_atomically
from linreg.files.json_lines import to_json
from linreg.history.curves import Curves
from linreg.history.history import History
from linreg.text import safe
from linreg.training.facts import Facts

_Logged = Mapping[str, Mapping[int, float]]
"""The points of curves, by their names and steps."""


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

    In CSV what was logged is a column a curve, empty where it has no point, in a row that is otherwise empty where the
    epoch is not kept; in JSON lines an event of its own at each point: ``{"event":"logged","epoch":9,"accuracy":0.9}``.

    Raises
    ------
    LinregError
        No epoch has run, or the file cannot be written, is of another kind, or is the one that the data are read from.
    """
    check_epochs_file(path, *facts.recipe.read_from, replaces=replaces)
    rows = list(_rows(facts, history, until))
    if not rows:
        raise LinregError("no epoch has run yet: there is nothing to write.")
    written = _WRITERS[path.suffix.lower()](facts, rows, _logged(history.curves, until)).encode()
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


def _logged(curves: Curves, until: int) -> _Logged:
    """Return the points of every curve that are kept exactly, up to an epoch; of those without any, nothing."""
    points = {curve.name: dict(zip(curve.steps.tolist(), curve.values.tolist(), strict=True)) for curve in curves}
    within = {name: {step: at[step] for step in at if step <= until} for name, at in points.items()}
    return {name: at for name, at in within.items() if at}


def _as_csv(facts: Facts, rows: Sequence[EpochRow], logged: _Logged) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = epoch_columns(facts.weight_names, facts.has_bias, rows[0].held_out_cost is not None)
    writer.writerow([*columns, *curve_columns(logged, columns)])
    cells = {row.epoch: row.cells() for row in rows}
    for epoch in sorted(cells.keys() | {step for at in logged.values() for step in at}):
        own = cells.get(epoch) or [epoch, *[""] * (len(columns) - 1)]
        writer.writerow([*own, *(repr(at[epoch]) if epoch in at else "" for at in logged.values())])
    return out.getvalue()


def _as_json_lines(facts: Facts, rows: Sequence[EpochRow], logged: _Logged) -> str:
    events = [(row.epoch, row.event(facts.weight_names)) for row in rows]
    names = dict(zip(logged, curve_columns(logged, ("event", EPOCH)), strict=True))
    for epoch in sorted({step for at in logged.values() for step in at}):
        values = {names[name]: at[epoch] for name, at in logged.items() if epoch in at}
        events.append((epoch, {"event": "logged", EPOCH: epoch, **values}))
    return "".join(to_json(event) + "\n" for _, event in sorted(events, key=itemgetter(0)))


_WRITERS = {".csv": _as_csv, ".jsonl": _as_json_lines}
