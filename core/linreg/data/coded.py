"""Typed columns as numbers: a category's cells as the numbers of their levels, each text looked up once."""

import numpy as np
import polars as pl

from linreg.data.columns import Columns, Values
from linreg.data.levels import Levels, written


def numbers_of(frame: pl.DataFrame, columns: Columns) -> Values | None:
    """Return the used columns of a frame, in their order, as ``(n_rows, n_used)``; None where a level is not known.

    NaN where a cell is missing.
    """
    if not columns.levels:
        whole: Values = frame.to_numpy()
        return whole
    values = np.empty(frame.shape, order="F")
    for place, index in enumerate(columns.used):
        cells, levels = frame.to_series(place), columns.levels.get(index)
        codes = cells.cast(pl.Float64) if levels is None else _codes(cells, levels)
        if codes is None:
            return None
        values[:, place] = codes.to_numpy()
    return values


def text_of(value: object) -> str:
    """Write a typed cell as the text of a level; a missing one is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return written(float(value)) if isinstance(value, int | float) else str(value)


def _codes(cells: pl.Series, levels: Levels) -> pl.Series | None:
    texts = cells.unique(maintain_order=True)
    codes = [levels.code(text_of(value)) for value in texts.to_list()]
    if None in codes:
        return None
    return cells.replace_strict(texts, pl.Series(codes, dtype=pl.Float64), return_dtype=pl.Float64)
