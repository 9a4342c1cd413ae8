"""What the cost's curvature says before the first step: which learning rates are stable and best, how long it takes.

Over the parameters of a linear model the squared error is a quadratic, cost(θ) = floor + ½ Σ λ e², with e the distance
to the optimum along the Hessian's eigenvectors. Everything here follows from its eigenvalues λ. They are squared
singular values of the rows' triangular factor, never eigenvalues of a product that has lost half the digits.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from linreg.arrays import EPSILON, Matrix, Vector
from linreg.numerics.least_squares import LeastSquares
from linreg.numerics.moments import Moments
from linreg.numerics.scaling import Scaling
from linreg.numerics.spectrum import Spectrum, is_wide, taken_apart
from linreg.numerics.transition import is_slow, transition

_FLATTEST = 1e-3
"""The least part of the largest curvature that a learning rate is balanced for."""


@dataclass(frozen=True, slots=True, eq=False)
class Quadratic:
    """The squared error as a function of the parameters as trained: the weights, then the bias where there is one.

    Attributes
    ----------
    eigenvalues
        ``(n_directions,)``, the curvatures λ ≥ 0, ascending; exactly 0 where rows say nothing.
    eigenvectors
        ``(n_parameters, n_directions)``, one a column. Of fewer rows than features there are no more directions than
        rows: the cost does not change along any other.
    optimum
        ``(n_parameters,)``, parameters of least cost.
    coordinates
        ``(n_directions,)``, the optimum in the eigenbasis, each from its own singular vector: eigenvectors' @ optimum
        would smear the rounding of the largest, along the flattest direction, over all others.
    floor
        The least cost.
    variance
        The cost of predicting the target's mean.
    bias
        Whether the last parameter is the bias.
    unseen
        ``(n_parameters,)``, the parameters whose feature is 0 in every row.
    """

    eigenvalues: Vector
    eigenvectors: Matrix
    optimum: Vector
    coordinates: Vector
    floor: float
    variance: float
    bias: bool
    unseen: NDArray[np.bool_]

    @classmethod
    def of(cls, moments: Moments, bias: bool = True, reduction: Literal["mean", "sum"] | str = "mean") -> "Quadratic":
        """Describe the mean (or summed) squared error of the rows that `moments` describe, scaled as trained on.

        Raises
        ------
        LinregError
            There are no rows.
        """
        if moments.factor is None:
            moments = replace(moments, factor=moments.root())  # taken apart once
        answer = moments.least_squares(bias)
        weight = 1.0 if reduction == "sum" else 1.0 / moments.n_samples
        design, target = _design_root(moments, bias)
        unseen = ~np.any(design, axis=0)
        U, lengths, Vt = taken_apart(design) if is_wide(*design.shape) else np.linalg.svd(design)
        seen = int(np.count_nonzero(lengths > max(design.shape) * EPSILON * lengths.max(initial=0.0)))
        eigenvalues, coordinates = np.zeros((2, len(Vt)))
        eigenvalues[:seen] = 2 * weight * np.square(lengths[:seen])
        coordinates[:seen] = (U.T[:seen] @ target) / lengths[:seen]
        if not is_slow(eigenvalues[::-1]).any() and answer.rank == moments.n_features:
            optimum, cost = np.append(answer.w, answer.b)[: design.shape[1]], answer.cost
        else:  # a nearly flat direction's part of the residual must be counted by the same singular vectors throughout
            optimum = Vt.T @ coordinates
            left = float(np.square(target - U[:, :seen] @ (U.T[:seen] @ target)).sum())
            cost = left / moments.n_samples if answer.cost else 0.0
        return cls(
            eigenvalues=eigenvalues[::-1].copy(),
            eigenvectors=np.ascontiguousarray(Vt[::-1].T),
            optimum=optimum,
            coordinates=coordinates[::-1].copy(),
            floor=cost * weight * moments.n_samples,
            variance=moments.target_variance * weight * moments.n_samples,
            bias=bias,
            unseen=unseen,
        )

    @classmethod
    def of_spectrum(
        cls, spectrum: Spectrum, moments: Moments, answer: LeastSquares, scaling: Scaling, reduction: str = "mean"
    ) -> "Quadratic | None":
        """Describe the same of features standardised beside a bias, whose directions are known; None of any others.

        Parameters
        ----------
        spectrum, moments, answer
            Of the rows in the data's own units. The spectrum's memory is taken.
        scaling
            From those to the units that are trained on.
        """
        seen, size = moments.squares[:-1] > 0, spectrum.scale / scaling.scale
        length = float(size[seen].max(initial=0.0))
        if not length or (size[seen] < length * (1 - 1e-9)).any() or (scaling.mean != moments.mean[:-1]).any():
            return None
        n_samples, n_seen = moments.n_samples, int(np.count_nonzero(spectrum.lengths > _noise(spectrum)))
        weight, n_unseen = 1.0 if reduction == "sum" else 1.0 / n_samples, len(spectrum.lengths) - n_seen
        lengths, along = length * spectrum.lengths[n_seen - 1 :: -1], spectrum.along[n_seen - 1 :: -1]
        place = int(np.searchsorted(lengths, sqrt(n_samples)))
        eigenvalues = 2 * weight * np.square(np.insert(lengths, place, sqrt(n_samples)))
        coordinates = np.insert(along / lengths, place, moments.mean[-1])
        eigenvectors = spectrum.with_bias(n_unseen + place)[:, n_unseen:]
        if not is_slow(eigenvalues).any() and answer.rank == moments.n_features:
            optimum, cost = scaling.to_trained(answer.w, answer.b), answer.cost
        else:
            optimum = eigenvectors @ coordinates
            left = spectrum.beyond**2 + float(np.square(spectrum.along[n_seen:]).sum())
            cost = left / n_samples if answer.cost else 0.0
        return cls(
            eigenvalues=eigenvalues,
            eigenvectors=eigenvectors,
            optimum=optimum,
            coordinates=coordinates,
            floor=cost * weight * n_samples,
            variance=moments.target_variance * weight * n_samples,
            bias=True,
            unseen=np.append(~seen, False),
        )

    @property
    def is_complete(self) -> bool:
        """Whether the directions are as many as the parameters."""
        return bool(self.eigenvectors.shape[0] == self.eigenvectors.shape[1])

    @property
    def condition_number(self) -> float:
        """Largest over smallest eigenvalue; infinite where some direction has no curvature at all."""
        smallest, largest = float(self.eigenvalues[0]), float(self.eigenvalues[-1])
        return largest / smallest if smallest > 0 and self.is_complete else inf

    @property
    def reference(self) -> float:
        """What an excess cost is measured by: the least cost, or 1e-15 of the target's variance where that is more."""
        return max(self.floor, self.variance * 1e-15)

    @property
    def rounding(self) -> float:
        """An excess cost that is none: below the last digit of the least cost, or of predictions that fit exactly."""
        return max(EPSILON * self.floor, EPSILON**2 * self.variance)

    def error(self, parameters: Matrix) -> Matrix:
        """Return the distance to the optimum in the eigenbasis, ``(…, n_directions)``."""
        if is_slow(self.eigenvalues).any():
            return parameters @ self.eigenvectors - self.coordinates
        return (parameters - self.optimum) @ self.eigenvectors

    def excess(self, parameters: Matrix) -> Vector:
        """Return the cost above its minimum, ``(…)``, for parameters ``(…, n_parameters)``: ½ Σ λ e²."""
        with np.errstate(over="ignore", invalid="ignore"):
            excess: Vector = 0.5 * (np.square(self.error(parameters)) @ self.eigenvalues)
        return excess

    def cost(self, excess: Vector) -> Vector:
        """Return the cost of so much above the least; 0 where the least is, and what is above it is only rounding."""
        if self.floor:
            return self.floor + excess
        return np.where(excess <= self.rounding, 0.0, excess)

    def gradient_terms(self) -> tuple[Matrix, Vector, Vector]:
        """Return H, a point and a slope with ∇cost(θ) = H (θ − point) + slope.

        The point is the optimum and the slope 0, so that nothing cancels near it; but not along directions with next to
        no curvature, where the optimum can lie so far away that its rounding would drown the gradient.
        """
        hessian = (self.eigenvectors * self.eigenvalues) @ self.eigenvectors.T
        hessian[self.unseen] = hessian[:, self.unseen] = 0.0  # exactly: some optimizers look at nothing but the sign
        slow = is_slow(self.eigenvalues)
        if not slow.any():
            return hessian, self.optimum, np.zeros_like(self.optimum)
        point = self.eigenvectors @ np.where(slow, 0.0, self.coordinates)
        slope = self.eigenvectors @ np.where(slow, -self.eigenvalues * self.coordinates, 0.0)
        slope[self.unseen] = 0.0
        return hessian, point, slope

    def gradient(self, parameters: Vector) -> Vector:
        """Return the cost's gradient, ``(n_parameters,)``, at any parameters."""
        with np.errstate(over="ignore", invalid="ignore"):
            gradient: Vector = self.eigenvectors @ (self.eigenvalues * self.error(parameters))
        gradient[self.unseen] = 0.0
        return gradient

    def reaching(self, parameters: Vector) -> "Quadratic":
        """Return the same with one more direction of no curvature where parameters lie outside all those there are.

        A run from there never leaves what these directions span, not with weight decay either.
        """
        if self.is_complete:
            return self
        outside = parameters - self.eigenvectors @ (parameters @ self.eigenvectors)
        outside -= self.eigenvectors @ (outside @ self.eigenvectors)  # what rounding has left
        length = float(np.linalg.norm(outside))
        if not length > EPSILON * float(np.linalg.norm(parameters)):
            return self
        return replace(
            self,
            eigenvalues=np.append(0.0, self.eigenvalues),
            eigenvectors=np.column_stack([outside / length, self.eigenvectors]),
            coordinates=np.append(0.0, self.coordinates),
        )

    def largest_stable_learning_rate(
        self, momentum: float = 0.0, dampening: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0
    ) -> float:
        """Return the learning rate beyond which full-batch SGD diverges; infinite without any curvature.

        A root of the recurrence along the steepest direction, of curvature λ (weight decay included), reaches −1 at
        η = 2(1 + β) / (λ (1 − τ)), and with Nesterov's momentum at η = 2(1 + β) / (λ (1 + 2β)). From β = 1 on nothing
        is stable, and the answer is 0.
        """
        if momentum >= 1:
            return 0.0
        steepest = float(self.eigenvalues[-1]) + weight_decay
        per_gradient = 1 + 2 * momentum if nesterov else 1 - (dampening if momentum else 0.0)
        return 2 * (1 + momentum) / (steepest * per_gradient) if steepest * per_gradient > 0 else inf

    def best_learning_rate(
        self, momentum: float = 0.0, dampening: float = 0.0, nesterov: bool = False, weight_decay: float = 0.0
    ) -> float:
        """Return the rate whose slowest coordinate shrinks fastest in the long run; infinite without any curvature.

        The flattest and the steepest direction then shrink alike: η = 2(1 + β) / ((λmin + λmax) (1 − τ)), without
        momentum the textbook's 2 / (λmin + λmax). Nesterov's has no closed form and is found by bisection. Directions
        without curvature never move. λmin is taken as at least λmax/1000: that costs 0.1 % of the pace in the long
        run, and closer to the limit the steepest direction would swing for as long as the flattest one creeps.
        """
        flattest, steepest = self._extremes(weight_decay)
        flattest = max(flattest, steepest * _FLATTEST)
        if steepest == 0:
            return inf
        if not nesterov:
            per_gradient = 1 - (dampening if momentum else 0.0)
            return 2 * (1 + momentum) / ((flattest + steepest) * per_gradient) if per_gradient > 0 else inf

        def flattest_is_slower(learning_rate: float) -> bool:
            slow, fast = spectral_radius(np.array([flattest, steepest]), learning_rate, momentum, nesterov=True)
            return bool(slow > fast)

        limit = self.largest_stable_learning_rate(momentum, dampening, nesterov, weight_decay)
        return _bisect(flattest_is_slower, 1 / steepest, limit)

    def best_momentum_pair(self) -> tuple[float, float]:
        """Return the learning rate and the momentum that are best together (Polyak 1964).

        η = 4 / (√λmax + √λmin)² and β = ((√κ − 1) / (√κ + 1))².
        """
        flattest, steepest = self._extremes(0.0)
        if steepest == 0:
            return inf, 0.0
        low, high = sqrt(flattest), sqrt(steepest)
        return 4 / (high + low) ** 2, ((high - low) / (high + low)) ** 2

    def _extremes(self, weight_decay: float) -> tuple[float, float]:
        """Return the smallest curvature that is not nothing, and the largest; (0, 0) where there is none."""
        curved = self.eigenvalues[self.eigenvalues > EPSILON * self.eigenvalues[-1]]
        if not len(curved):
            return 0.0, 0.0
        return float(curved[0]) + weight_decay, float(curved[-1]) + weight_decay


def spectral_radius(
    curvature: Vector, learning_rate: float, momentum: float = 0.0, dampening: float = 0.0, nesterov: bool = False
) -> Vector:
    """Return the factor, ``(n_parameters,)``, by which each coordinate shrinks (or grows) an epoch in the long run."""
    matrices = transition(curvature, learning_rate, momentum, dampening, nesterov)[:, :2, :2]
    radius: Vector = np.abs(np.linalg.eigvals(matrices)).max(axis=1)
    return radius


def _noise(spectrum: Spectrum) -> float:
    """Return the length up to which a direction is nothing but rounding."""
    return float(max(spectrum.Vt.shape) * EPSILON * spectrum.lengths[0])


def answer_and_curvature(
    moments: Moments, scaling: Scaling, bias: bool, reduction: str
) -> tuple[LeastSquares, Quadratic]:
    """Solve for the exact answer in the data's own units, and describe the cost over the parameters as trained.

    A large table is taken apart once for both, where that serves: of standardised features beside a bias.

    Raises
    ------
    LinregError
        There are no rows.
    """
    spectrum = moments.spectrum() if bias and moments.n_samples else None
    answer = moments.least_squares(bias, None if spectrum is None else moments.design(bias, spectrum))
    if spectrum is not None:
        quadratic = Quadratic.of_spectrum(spectrum, moments, answer, scaling, reduction)
        if quadratic is not None:
            return answer, quadratic
    del spectrum
    return answer, Quadratic.of(moments.transformed(scaling.mean, scaling.scale), bias, reduction)


def _design_root(moments: Moments, bias: bool) -> tuple[Matrix, Vector]:
    """Return A and a target with ‖A θ − target‖² the summed squared error at θ; A'A is half its Hessian."""
    root, scale = moments.root(), sqrt(moments.n_samples)
    mean_row = scale * moments.mean
    if not bias:
        rows = np.vstack([root, mean_row])
        return rows[:, :-1], rows[:, -1]
    A = np.vstack([root[:, :-1], mean_row[:-1]])
    of_bias = np.append(np.zeros(len(root)), scale)
    return np.column_stack([A, of_bias]), np.append(root[:, -1], mean_row[-1])


def _bisect(holds: Callable[[float], bool], low: float, high: float) -> float:
    """Return where `holds` turns from true to false between `low` and `high`."""
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
