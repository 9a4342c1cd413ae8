"""The rows of one run's curves in the store's database; each method belongs into a transaction."""

import sqlite3
from collections.abc import Iterable
from typing import Any

import numpy as np

from linreg.history.curves import N_FINITE, STEP, Curve, CurvePiece, N
from linreg.history.epochs import cell, number
from linreg.store.epoch_rows import insert

_LAST_STEP = 2.0**53


class CurveRows:
    """What is kept of a run's curves: each one's newest point, and its points as `linreg.history.curves` keeps them.

    Parameters
    ----------
    run
        Its number.
    """

    def __init__(self, connection: sqlite3.Connection, run: int) -> None:
        self._connection, self._run = connection, run

    def follow(self, pieces: Iterable[CurvePiece]) -> None:
        """Write what has changed."""
        for piece in pieces:
            about = (piece.name, piece.width, piece.n, piece.last_step, cell(piece.last))
            of_it = self._run, piece.number
            self._connection.execute("INSERT OR REPLACE INTO curves VALUES (?, ?, ?, ?, ?, ?, ?)", (*of_it, *about))
            first = int(piece.points[0, STEP]) if piece.first else -1
            self._connection.execute("DELETE FROM points WHERE run = ? AND curve = ? AND step >= ?", (*of_it, first))
            rows = [
                (*of_it, int(step), *map(cell, values), int(n_finite), int(n))
                for step, *values, n_finite, n, _ in piece.points.tolist()
            ]
            insert(self._connection, "points", rows)

    def all(self) -> tuple[Curve, ...]:
        """Return them in the order in which they began.

        Raises
        ------
        TypeError, ValueError, OverflowError
            A row is damaged.
        """
        query = "SELECT curve, name, width, n, last_step, last FROM curves WHERE run = ? ORDER BY curve"
        return tuple(self._curve(*row) for row in self._connection.execute(query, (self._run,)).fetchall())

    def _curve(self, which: int, name: Any, width: Any, n: Any, last_step: Any, last: Any) -> Curve:
        query = "SELECT step, value, low, high, mean, n_finite, n FROM points WHERE run = ? AND curve = ? ORDER BY step"
        rows = self._connection.execute(query, (self._run, which)).fetchall()
        values = [(step, *map(number, numbers), n_finite, n, 0) for step, *numbers, n_finite, n in rows]
        points = np.array(values, np.float64).reshape(-1, 8)
        whole = points[:, [STEP, N_FINITE, N]]
        if not (isinstance(name, str) and all(isinstance(each, int) for each in (width, n, last_step))):
            raise TypeError("a curve is damaged")
        if width < 1 or not len(points) or not ((whole >= 0) & (whole <= _LAST_STEP)).all() or n < whole[:, 2].sum():
            raise ValueError("a curve is damaged")
        newest = number(last)
        if newest is None or not points[-1, STEP] <= last_step <= _LAST_STEP:
            raise ValueError("a curve is damaged")
        return Curve(name, width, n, last_step, newest, points)
