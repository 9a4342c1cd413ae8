"""The exact answer to a cost of which nothing is known but its graph.

Where a cost is quadratic in the parameters, cost(θ) = floor + ½ (θ − θ*)ᵀ H (θ − θ*), its gradient g and its Hessian H
at any one θ give θ* = θ − H⁺g, however the script spells it. The graph gives both by differentiating twice; once more
tells a quadratic from what only looks like one here. That the same rows are behind every step is seen from the steps
that follow: their costs must be those that the first one foretells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from linreg.arrays import Matrix, Vector
from linreg.numerics.curvature import Quadratic

if TYPE_CHECKING:
    from torch import Tensor
    from torch.autograd.graph import Node

MOST_PARAMETERS, MOST_NODES, MOST_SECONDS, MOST_RESIDUALS = 200, 2000, 2.0, 512
NOT_QUADRATIC = (
    "the cost is not quadratic in the parameters: a neural network, for one, has no exact answer to hold it against"
)
OTHER_ROWS = "the cost is another one from step to step: mini-batches, or data that change"
OTHER_RANKS = "several processes train together, each on rows of its own: the cost that is shown is the first one's"
OTHER_TENSORS = "the optimizer does not train just what the cost depends on"
NO_CURVATURE = (
    "the cost has no curvature where the parameters are, like a sum of absolute values: no exact answer follows"
)
NO_MINIMUM = "the cost has no least value: it falls for ever in some direction"
MANY_ANSWERS = "many parameters cost equally little: some of them, or some features, say the same"
TOO_MANY = f"an exact answer is looked for among up to {MOST_PARAMETERS} parameters"
TOO_SLOW = "the cost takes too long to be differentiated twice"
COMPLEX = "some of the parameters are complex numbers: an exact answer is looked for among real ones"
NOT_TWICE = "the cost's graph cannot be differentiated twice"
HAS_HOOKS = "the script's own hooks or functions are called in every backward pass, so no more of these are made"


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """What a graph says of its cost where the parameters are: the answer where there is one, or why there is none."""

    quadratic: Quadratic | None = None
    why_none: str = ""
    precision: float = 0.0
    """The relative rounding of the numbers that the script computes with."""
    scale: float = 0.0
    """The cost where the graph was looked at."""

    def agrees(self, before: Matrix, cost: Vector) -> bool:
        """Tell whether costs ``(n,)`` of parameters ``(n, n_parameters)`` are the quadratic's, but for rounding."""
        if self.quadratic is None:
            return False
        finite = np.isfinite(cost) & np.isfinite(before).all(1)
        if not finite.any():
            return True
        foretold = self.quadratic.floor + self.quadratic.excess(before[finite])
        # The script's rounding: of its residuals, which are differences of terms as large as the curvature makes of the
        # parameters; and of the probe's own derivatives, by the cost that they were taken at.
        reach = np.abs(before[finite]).max(1) + np.abs(self.quadratic.optimum).max(initial=0.0)
        residual = 10 * self.precision * np.sqrt(self.quadratic.eigenvalues[-1]) * reach
        size = np.abs(cost[finite]) + np.abs(foretold) + self.scale
        slack = 100 * self.precision * size + 2 * np.sqrt(np.abs(cost[finite])) * residual + np.square(residual)
        return bool((np.abs(cost[finite] - foretold) <= slack).all())


def leaves_of(root: "Tensor") -> "tuple[list[Tensor], bool]":
    """Return the tensors that a graph's gradients end in, and whether it is one that may be passed through again.

    Functions that the script has written itself may do anything in a backward pass; and a very large graph is not
    looked through.
    """
    leaves: list[Tensor] = []
    waiting, seen, is_plain = [root.grad_fn], set[object](), True
    while waiting and len(seen) < MOST_NODES:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "saved_tensors") or node.name().startswith("Compiled"):
            is_plain = False
        variable = getattr(node, "variable", None)
        if variable is not None:
            leaves.append(variable)
        waiting += [each for each, _ in reversed(node.next_functions)]
    return leaves, is_plain and not waiting


def probe(root: "Tensor", tensors: "Sequence[Tensor]") -> Probe:
    """Differentiate a cost until all is known; the graph is as before, and can be passed through by the script."""
    import torch

    n_parameters = sum(each.numel() for each in tensors)
    if not 0 < n_parameters <= MOST_PARAMETERS:
        return Probe(why_none=TOO_MANY)
    precision = max(float(torch.finfo(each.dtype).eps) for each in (*tensors, root))
    try:
        with torch.enable_grad():
            gradient, hessian, bends = _derivatives(root, tensors, n_parameters)
            rows = _residual_rows(root, tensors)
    except TimeoutError:
        return Probe(why_none=TOO_SLOW)
    except Exception:
        return Probe(why_none=NOT_TWICE)
    theta = np.concatenate([each.detach().reshape(-1).to("cpu", torch.float64).numpy() for each in tensors])
    cost = float(root.detach())
    if not (np.isfinite(hessian).all() and np.isfinite(gradient).all() and np.isfinite(cost)):
        return Probe(why_none=NOT_QUADRATIC)
    if bends > 1e2 * precision * np.abs(hessian).max(initial=0.0):
        return Probe(why_none=NOT_QUADRATIC)
    if rows is not None:
        return _solve_rows(theta, cost, *rows, precision)
    return _solve(theta, cost, gradient, hessian, precision)


def _derivatives(root: "Tensor", tensors: "Sequence[Tensor]", n_parameters: int) -> tuple[Vector, Matrix, float]:
    """Return the gradient, the Hessian, and the size of what the Hessian changes by as the parameters do."""
    import torch

    def differentiated(outputs: "Tensor") -> "Tensor":
        if not outputs.requires_grad:
            return torch.zeros(n_parameters, dtype=outputs.dtype)
        found = torch.autograd.grad(outputs, list(tensors), retain_graph=True, create_graph=True, allow_unused=True)
        parts = [torch.zeros_like(mine) if each is None else each for mine, each in zip(tensors, found, strict=True)]
        return torch.cat([each.reshape(-1).to(parts[0].dtype) for each in parts])

    began = perf_counter()
    gradient = differentiated(root)
    weights = torch.linspace(0.5, 1.5, n_parameters, dtype=gradient.dtype, device=gradient.device)
    rows, mixed = [], torch.zeros((), dtype=gradient.dtype, device=gradient.device)
    for place in range(n_parameters):
        row = differentiated(gradient[place])
        rows.append(row.detach())
        if row.requires_grad:
            mixed = mixed + row @ weights * weights[place]
        if (perf_counter() - began) * n_parameters > MOST_SECONDS * (place + 1):
            raise TimeoutError
    bends = float(differentiated(mixed).detach().abs().max())
    hessian = torch.stack(rows).to("cpu", torch.float64).numpy()
    return gradient.detach().to("cpu", torch.float64).numpy(), hessian, bends


def _residual_rows(root: "Tensor", tensors: "Sequence[Tensor]") -> tuple[Matrix, Vector] | None:
    """Return rows A and a right side r with ‖A Δ + r‖²/2 the cost of a change Δ of the parameters, but for a constant.

    A cost is most often a simple function of something linear in the parameters, a prediction for each row. What that
    depends on is read off the graph without rounding: the rows themselves. A Hessian in float32 has lost half of their
    digits, and with them the flat directions of features that are nearly alike. None, if the cost has another form.
    """
    import torch
    from torch.autograd.graph import GradientEdge

    edge = _prediction(root)
    if edge is None:
        return None
    shape = edge.node._input_metadata[edge.output_nr].shape
    n_rows = int(np.prod(shape))
    if not 0 < n_rows <= MOST_RESIDUALS:
        return None
    began, inside = perf_counter(), list(tensors)
    (slope,) = torch.autograd.grad(root, GradientEdge(*edge), retain_graph=True, create_graph=True)
    curvature, rows = np.zeros((n_rows, n_rows)), []
    for place in range(n_rows):
        if slope.requires_grad:
            (bend,) = torch.autograd.grad(
                slope.reshape(-1)[place], GradientEdge(*edge), retain_graph=True, allow_unused=True
            )
            if bend is not None:
                curvature[place] = bend.reshape(-1).to("cpu", torch.float64).numpy()
        unit = torch.zeros(shape, dtype=slope.dtype, device=slope.device)
        unit.reshape(-1)[place] = 1
        found = torch.autograd.grad(
            GradientEdge(*edge), inside, unit, retain_graph=True, create_graph=True, allow_unused=True
        )
        if any(each is not None and each.requires_grad for each in found):
            return None  # no linear model
        parts = [torch.zeros_like(mine) if each is None else each for mine, each in zip(inside, found, strict=True)]
        rows.append(torch.cat([each.reshape(-1).to("cpu", torch.float64) for each in parts]).detach().numpy())
        if (perf_counter() - began) * n_rows > MOST_SECONDS * (place + 1):
            return None
    weights, directions = np.linalg.eigh((curvature + curvature.T) / 2)
    if not weights.min() > 0:
        return None
    root_of_weights = np.sqrt(weights)
    J, g = np.array(rows), slope.detach().reshape(-1).to("cpu", torch.float64).numpy()
    return root_of_weights[:, None] * (directions.T @ J), (directions.T @ g) / root_of_weights


def _prediction(root: "Tensor") -> "_Edge | None":
    """Return where a graph branches for the first time: what is above depends on the parameters through it alone."""
    node, place, depth = root.grad_fn, 0, 0
    while node is not None and depth < MOST_NODES:
        ways = [(each, number) for each, number in node.next_functions if each is not None]
        if len(ways) != 1 or getattr(ways[0][0], "variable", None) is not None:
            return _Edge(node, place) if depth else None
        (node, place), depth = ways[0], depth + 1
    return None


class _Edge(NamedTuple):
    node: "Node"
    output_nr: int


def _solve_rows(theta: Vector, cost: float, A: Matrix, right: Vector, precision: float) -> Probe:
    U, lengths, Vt = np.linalg.svd(A, full_matrices=True)
    n_parameters = len(theta)
    if len(lengths) < n_parameters or lengths[-1] <= max(A.shape) * np.finfo(float).eps * lengths[0]:
        return Probe(why_none=MANY_ANSWERS)
    along = U.T @ right
    optimum = theta - Vt.T @ (along[:n_parameters] / lengths)
    offset = cost - 0.5 * float(right @ right)
    floor = offset + 0.5 * float(np.square(along[n_parameters:]).sum())
    return _found(np.square(lengths)[::-1], Vt[::-1].T, optimum, cost, floor, precision)


def _solve(theta: Vector, cost: float, gradient: Vector, hessian: Matrix, precision: float) -> Probe:
    eigenvalues, eigenvectors = np.linalg.eigh((hessian + hessian.T) / 2)
    top = float(np.abs(eigenvalues).max(initial=0.0))
    if top == 0:
        return Probe(why_none=NO_CURVATURE)
    flat = np.abs(eigenvalues) <= 10 * len(theta) * precision * top
    along = eigenvectors.T @ gradient
    if (eigenvalues[~flat] < 0).any():
        return Probe(why_none=NOT_QUADRATIC)
    if flat.any():
        noise = 1e3 * precision * (np.abs(gradient).max(initial=0.0) + top * np.abs(theta).max(initial=0.0))
        return Probe(why_none=NO_MINIMUM if (np.abs(along[flat]) > noise).any() else MANY_ANSWERS)
    step = along / eigenvalues
    optimum = theta - eigenvectors @ step
    floor = cost - 0.5 * float(eigenvalues @ np.square(step))
    return _found(eigenvalues, eigenvectors, optimum, cost, floor, precision)


def _found(
    eigenvalues: Vector, eigenvectors: Matrix, optimum: Vector, cost: float, floor: float, precision: float
) -> Probe:
    if abs(floor) <= 1e2 * precision * abs(cost):  # a difference of equals: a fit without residuals
        floor = max(floor, 0.0) if floor > 1e2 * np.finfo(float).eps * abs(cost) else 0.0
    optimum = np.where(np.abs(optimum) <= precision * np.abs(optimum).max(initial=0.0), 0.0, optimum)
    quadratic = Quadratic(
        eigenvalues=eigenvalues.copy(),
        eigenvectors=np.ascontiguousarray(eigenvectors),
        optimum=optimum,
        coordinates=eigenvectors.T @ optimum,
        floor=floor,
        variance=max(cost, floor),
        bias=False,
        unseen=np.zeros(len(optimum), np.bool_),
    )
    return Probe(quadratic, precision=precision, scale=abs(cost))
