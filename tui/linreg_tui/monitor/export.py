"""Writing the epochs that a run has kept to a file, in the fields of the plain command's output."""

import csv
import io
from pathlib import Path

from linreg.cli.printing.epochs import to_json
from linreg.errors import LinregError
from linreg.export.column_names import BIAS, COST, EPOCH, weight_columns
from linreg.files.atomic import write_atomically
from linreg.text import safe
from linreg_tui.monitor.view import View
from linreg_tui.sheets.destination import read_destination

MOST_ROWS = 1_000_000


def export(view: View, text: str) -> str:
    """Write the epochs to the ``.csv`` or ``.jsonl`` file that `text` names, and say how many.

    Raises
    ------
    LinregError
        The file cannot be written, is of another kind, or is the one that the data are read from.
    """
    path = read_destination(text)
    writers = {".csv": _as_csv, ".jsonl": _as_json}
    if path.suffix.lower() not in writers:
        raise LinregError(f"{safe(path.name)} is neither .csv nor .jsonl; give a name with one of these.")
    data = Path(view.facts.recipe.data)
    if path.exists() and data.exists() and path.samefile(data):
        raise LinregError(f"{safe(path.name)} is what the data are read from; give another name.")
    rows = _records(view)
    written = writers[path.suffix.lower()](view, rows).encode()
    write_atomically(path, lambda file: file.write(written))
    return f"{len(rows):,} epochs written to {path}"


def _records(view: View) -> list[tuple[int, list[float], float | None, float, float]]:
    records = []
    for row in view.history.rows(MOST_ROWS, until=view.state.epoch):
        w, b = view.facts.in_original_units(row.parameters)
        records.append((row.epoch, w.tolist(), None if b is None else float(b), row.cost, row.learning_rate))
    return records


def _as_csv(view: View, rows: list[tuple[int, list[float], float | None, float, float]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = weight_columns(view.facts.weight_names, view.facts.has_bias)
    writer.writerow([EPOCH, *names, *([BIAS] if view.facts.has_bias else []), COST])
    for epoch, w, b, cost, _ in rows:
        writer.writerow([epoch, *map(repr, w), *([] if b is None else [repr(b)]), repr(cost)])
    return out.getvalue()


def _as_json(view: View, rows: list[tuple[int, list[float], float | None, float, float]]) -> str:
    names = view.facts.weight_names
    return "".join(
        to_json(
            {
                "event": "epoch",
                "epoch": epoch,
                "w": dict(zip(names, w, strict=True)),
                "b": b,
                "cost": cost,
                "learning_rate": learning_rate,
            }
        )
        + "\n"
        for epoch, w, b, cost, learning_rate in rows
    )
