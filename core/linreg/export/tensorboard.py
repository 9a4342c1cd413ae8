"""A recorded run as an event file: TensorBoard shows it beside runs of any other program.

The format has float32 and no more, so that a number beyond its range is infinite, or 0. Every event has the time when
the run started, as the store does not know when each epoch was: TensorBoard's axis "step" is the epoch, and its axes of
time say nothing. Written with TensorBoard's own records and messages, and without torch, tensorflow or a thread.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import Vector
from linreg.errors import LinregError
from linreg.export.column_names import HELD_OUT, curve_columns
from linreg.files.atomic import write_atomically
from linreg.store.recorded_run import RecordedRun
from linreg.text import safe

MARK = "tfevents"
"""TensorBoard reads the files of a folder that have this in their names."""


def write_events(path: Path, kept: RecordedRun, *, replaces: bool = True) -> str:
    """Write the epochs as scalars, and say how many epochs they are.

    Raises
    ------
    LinregError
        TensorBoard is not installed, would not find the file by its name, or the file cannot be written.
    """
    if MARK not in path.name:
        raise LinregError(f"TensorBoard would not find {safe(path.name)}: write .{MARK} in small letters.")
    written = events_of(kept)  # whole at first: half a file would be read by a TensorBoard that watches the folder
    write_atomically(path, lambda file: file.write(written), replaces=replaces)
    return kept.counted if _is_alone(path) else f"{kept.counted}; TensorBoard takes all files of a folder for one run"


def _is_alone(path: Path) -> bool:
    """Whether no other event file is in the folder, as far as can be seen."""
    with suppress(OSError):
        return not any(MARK in other.name and other.name != path.name for other in path.absolute().parent.iterdir())
    return True


def events_of(kept: RecordedRun) -> bytes:
    """Return the file: its version, then all scalars of each epoch as one event.

    Raises
    ------
    LinregError
        TensorBoard is not installed.
    """
    try:
        from tensorboard.compat.proto.event_pb2 import Event  # type: ignore[import-untyped]
        from tensorboard.summary.writer.record_writer import RecordWriter  # type: ignore[import-untyped]
    except ImportError:
        raise LinregError(f"a .{MARK} file needs TensorBoard: pip install 'linreg-tui[tensorboard]'.") from None
    file, started, scalars = BytesIO(), kept.run.started, scalars_of(kept)
    records = RecordWriter(file)
    records.write(Event(wall_time=started, file_version="brain.Event:2").SerializeToString())
    series = [(tag, kept.epochs.epoch, values) for tag, values in scalars.items()]
    tags = curve_columns([curve.name for curve in kept.curves], scalars)
    series += [(tag, curve.steps, curve.values) for tag, curve in zip(tags, kept.curves, strict=True)]
    for epoch, values in _by_epoch(series):
        event = Event(wall_time=started, step=epoch)
        for tag, value in values:
            event.summary.value.add(tag=tag, simple_value=value)
        records.write(event.SerializeToString())
    return file.getvalue()


def _by_epoch(
    series: Iterable[tuple[str, NDArray[np.int64], Vector]],
) -> Iterator[tuple[int, list[tuple[str, float]]]]:
    """Yield the values of each epoch by their tags, in order: a step that goes back would be taken for a new start."""
    values: dict[int, list[tuple[str, float]]] = {}
    for tag, epochs, column in series:
        with np.errstate(over="ignore", under="ignore"):
            narrow = column.astype(np.float32)
        for epoch, value in zip(epochs.tolist(), narrow.tolist(), strict=True):
            values.setdefault(epoch, []).append((tag, value))
    yield from sorted(values.items())


def scalars_of(kept: RecordedRun) -> dict[str, Vector]:
    """Return what TensorBoard shows, by tag, each ``(n_epochs,)``.

    They are cost, held_out_cost where rows are held out, above_least_squares where it is known, learning_rate where the
    optimizer has one, b where there is one, and w/<name> for each weight, in the data's own units. What a script has
    logged comes with its own tags.
    """
    epochs, (w, b) = kept.epochs, kept.in_original_units()
    scalars = {"cost": epochs.cost}
    if epochs.held_out_cost is not None:
        scalars[HELD_OUT] = epochs.held_out_cost
    if epochs.excess_cost is not None:
        scalars["above_least_squares"] = epochs.excess_cost
    if not np.isnan(epochs.learning_rate).all():
        scalars["learning_rate"] = epochs.learning_rate
    if b is not None:
        scalars["b"] = b
    return scalars | {f"w/{name}": weight for name, weight in zip(kept.weight_names, w.T, strict=True)}
