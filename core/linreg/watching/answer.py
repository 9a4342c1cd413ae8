"""The exact answer to a loop's cost, as far as the loop bears it out: claimed, held against its steps, given up."""

from collections.abc import Sequence
from dataclasses import replace
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.numerics.curvature import Quadratic
from linreg.numerics.least_squares import LeastSquares
from linreg.watching.ranks import n_ranks
from linreg.watching.truth import (
    COMPLEX,
    HAS_HOOKS,
    MOST_PARAMETERS,
    NOT_TWICE,
    OTHER_RANKS,
    OTHER_ROWS,
    OTHER_TENSORS,
    TOO_MANY,
    Probe,
    probe,
)

if TYPE_CHECKING:
    from torch import Tensor

    from linreg.watching.reading.tensors import Tensors

_UNKNOWN = "no step has been taken yet"
_UNCERTAIN = "not enough steps have been taken to be certain of it"


class Answer:
    """What the first graph says, until a later step says otherwise."""

    def __init__(self) -> None:
        self._probe = Probe(why_none=_UNKNOWN)
        self._n_agreeing = 0

    def look_into(self, root: "Tensor", leaves: "Sequence[Tensor]", *, may_pass: bool, has_hooks: bool) -> None:
        """Find out where a cost is least.

        Parameters
        ----------
        leaves
            What it depends on.
        may_pass, has_hooks
            Whether its graph may be passed through again, and whether the script has hooks that would be called then.
        """
        if n_ranks() > 1:
            self._probe = Probe(why_none=OTHER_RANKS)
        elif sum(each.numel() for each in leaves) > MOST_PARAMETERS:
            self._probe = Probe(why_none=TOO_MANY)
        elif any(each.is_complex() for each in (root, *leaves)):
            self._probe = Probe(why_none=COMPLEX)
        elif has_hooks or any(each._backward_hooks for each in leaves):
            self._probe = Probe(why_none=HAS_HOOKS)
        else:
            self._probe = probe(root, leaves) if may_pass else Probe(why_none=NOT_TWICE)

    def reorder(self, known: "Tensors", tensors: "Sequence[Tensor]") -> None:
        """Put it into the order of what an optimizer trains; of other tensors than those that are known it is none."""
        quadratic, before = self._probe.quadratic, [id(each) for each in known.tensors]
        if quadratic is None:
            return
        if sorted(before) != sorted(map(id, tensors)):
            self._probe = Probe(why_none=OTHER_TENSORS)
            return
        places = dict(zip(before, known.places, strict=True))
        columns = np.concatenate([np.arange(places[id(each)].start, places[id(each)].stop) for each in tensors])
        ordered = replace(quadratic, eigenvectors=quadratic.eigenvectors[columns], optimum=quadratic.optimum[columns])
        self._probe = replace(self._probe, quadratic=ordered)

    def hold_against(self, before: Matrix, costs: Vector) -> None:
        """See whether costs ``(n,)`` of parameters ``(n, n_parameters)`` are those that it foretells."""
        if self._probe.quadratic is None:
            return
        if self._probe.agrees(before, costs):
            self._n_agreeing += len(costs)
        else:
            self._probe = Probe(why_none=OTHER_ROWS)

    def truth(self, *, sees_all: bool) -> Probe:
        """Return it over the columns of the rows, or why there is none to show.

        `sees_all`: each step sees all rows, as far as the loop can tell; else a second step has to bear it out.
        """
        if self._probe.quadratic is not None and self._n_agreeing < (1 if sees_all else 2):
            return Probe(why_none=_UNCERTAIN)
        return self._probe


def least_squares_of(quadratic: Quadratic) -> LeastSquares:
    """Return it as the exact answer of a fit, over all parameters as weights; there are no rows to know more from."""
    return LeastSquares(
        w=quadratic.optimum,
        b=0.0,
        cost=quadratic.floor,
        rank=len(quadratic.optimum),
        condition_number=quadratic.condition_number,
        determined=True,
        r2=nan,
    )
