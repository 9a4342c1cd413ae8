"""Standardised and original units, there and back: z = (x − mean) / scale, one mean and scale a feature.

A linear model of z is a linear model of x: w·z + c = Σ (w/scale)·x + (c − Σ (w/scale)·mean). Numpy only, so that a run
without torch can use it.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from linreg.arrays import Array


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """The map from a feature's own units to the units trained on.

    Attributes
    ----------
    mean, scale
        ``(n_features,)``; every scale is finite and above 0.
    """

    mean: Array
    scale: Array

    @classmethod
    def identity(cls, n_features: int) -> Self:
        """Leave `n_features` features as they are."""
        return cls(np.zeros(n_features), np.ones(n_features))

    @classmethod
    def standard(cls, mean: Array, std: Array, bias: bool = True) -> Self:
        """Standardise by `mean` and `std`, both ``(n_features,)``.

        A standard deviation of 0 (a constant feature) or NaN (a single row) is taken as 1, so that such a feature is
        only moved. Without a bias the mean is not subtracted: nothing could take the shift up.
        """
        usable = np.isfinite(std) & (std > 0)
        return cls(np.array(mean, np.float64) * bias, np.where(usable, std, 1.0))

    def apply(self, X: Array) -> Array:
        """Scale features ``(…, n_features)``."""
        return (X - self.mean) / self.scale

    def to_original(self, parameters: Array, bias: bool = True) -> tuple[Array, Array]:
        """Express trained parameters in the features' own units.

        Parameters
        ----------
        parameters
            ``(…, n_parameters)``, the weights and then the bias where there is one. Non-finite values pass through.
        bias
            Whether the last parameter is the bias.

        Returns
        -------
        w, b
            ``(…, n_features)`` and ``(…,)``; without a bias b is 0.
        """
        trained = parameters[..., : len(self.mean)]
        with np.errstate(invalid="ignore", over="ignore"):
            w = trained / self.scale
            if not bias:
                self._check_no_shift()
                return w, np.zeros(parameters.shape[:-1])
            return w, parameters[..., -1] - self._shift(w)

    def to_trained(self, w: Array, b: Array | float, bias: bool = True) -> Array:
        """Express w ``(…, n_features)`` and b ``(…,)`` as trained parameters; the inverse of `to_original`."""
        with np.errstate(invalid="ignore", over="ignore"):
            trained = w * self.scale
            if not bias:
                self._check_no_shift()
                return trained
            return np.concatenate([trained, np.asarray(b + self._shift(w))[..., None]], axis=-1)

    def _shift(self, w: Array) -> Array | float:
        """Return what subtracting the mean takes from a prediction; exactly 0 without one, also for an infinite w.

        Added up row by row, and not by BLAS, for which it matters to the last digit how many rows there are.
        """
        return np.asarray(np.multiply(w, self.mean, order="C").sum(axis=-1)) if self.mean.any() else 0.0

    def _check_no_shift(self) -> None:
        if self.mean.any():
            raise ValueError("a model without a bias cannot be trained on features whose mean was subtracted")
