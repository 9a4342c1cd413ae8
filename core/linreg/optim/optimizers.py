"""Every optimizer of torch.optim for a linear model: found by looking, their needs found by trying.

No list of optimizers is kept here. What the installed version has is offered, and three special needs are met wherever
a class turns out to have them:

- One that takes only matrices (Muon) gets the weights; b, and every other parameter that is no matrix, goes to AdamW
  without weight decay at the same learning rate.
- One that takes only sparse gradients (SparseAdam) gets them: from `SparseLinearRegression`, or else each dense
  gradient is handed over as a sparse one that lists every row.
- One whose step needs the cost again and again (LBFGS) is given the closure; see `needs_closure`.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from linreg.checks import OptionValue
from linreg.errors import LinregError, nearest
from linreg.optim.companion import with_companion
from linreg.optim.options import option_defaults, parse, shown, without_decay
from linreg.text import shortened


@dataclass(frozen=True, slots=True)
class OptimizerInfo:
    """One optimizer as ``linreg optimizers`` lists it."""

    name: str
    options: dict[str, str]
    """Every option with the value that it has unless set, as typed after ``--set``."""
    learning_rate: float | None
    """Its own default; None where it has none."""
    usable: bool
    """Whether a linear model took a step with it."""
    note: str
    """What is special about it, or why it is not usable."""


def names() -> list[str]:
    """Name every optimizer of the installed torch.optim, sorted."""
    exported = vars(torch.optim).values()
    found = {each.__name__ for each in exported if inspect.isclass(each) and issubclass(each, Optimizer)}
    return sorted(found - {Optimizer.__name__})


def find(name: str) -> type[Optimizer]:
    """Return the class of torch.optim with this name, in any case.

    Raises
    ------
    LinregError
        There is none; the sentence suggests the nearest.
    """
    known = names()
    for each in known:
        if each.lower() == name.strip().lower():
            found: type[Optimizer] = getattr(torch.optim, each)
            return found
    raise LinregError(
        f"torch.optim has no optimizer {shortened(repr(name))}{nearest(name, known)}; see `linreg optimizers`."
    )


def parse_options(optimizer: type[Optimizer], options: Mapping[str, OptionValue]) -> dict[str, Any]:
    """Turn options as typed into arguments of the class; decay that they don't set is 0.

    Raises
    ------
    LinregError
        An option is unknown, reserved, of the wrong type, or refused by the class itself.
    """
    arguments = parse(optimizer, options)
    _check(optimizer, lambda: optimizer([_matrix()], **arguments), options)
    return arguments


def build(
    optimizer: type[Optimizer], model: nn.Module, learning_rate: float | None, options: Mapping[str, Any]
) -> Optimizer:
    """Make the optimizer of the model's trainable parameters, with `options` as `parse_options` returns them.

    Parameters
    ----------
    learning_rate
        None for the optimizer's own default.

    Raises
    ------
    LinregError
        The optimizer cannot take a step with these arguments, or cannot train this model.
    """
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if not parameters:
        raise LinregError("this model has no parameters to train.")
    arguments = {**without_decay(optimizer), **options, **_learning_rate(optimizer, learning_rate)}
    trial = _matrix(parameters[0].dtype, parameters[0].device)
    _check(optimizer, lambda: _take_a_step(optimizer, trial, **arguments), options)
    if _takes_only_matrices(optimizer):
        return with_companion(optimizer, parameters, arguments)
    built = optimizer(parameters, **arguments)
    if needs_sparse_gradients(optimizer):
        built.register_step_pre_hook(lambda stepping, *_: _make_sparse(parameters))
    return built


def default_learning_rate(optimizer: type[Optimizer]) -> float | None:
    """Return the class's own learning rate, or None where it has no default."""
    argument = inspect.signature(optimizer).parameters.get("lr")
    return None if argument is None or not isinstance(argument.default, int | float) else float(argument.default)


def describe() -> list[OptimizerInfo]:
    """Describe every optimizer, each after one step of a small linear model."""
    return [_describe(find(name)) for name in names()]


def needs_closure(optimizer: type[Optimizer]) -> bool:
    """Tell whether ``step`` must be given a function that computes the cost and its gradient anew."""
    closure = inspect.signature(optimizer.step).parameters.get("closure")
    return closure is not None and closure.default is inspect.Parameter.empty


def needs_sparse_gradients(optimizer: type[Optimizer]) -> bool:
    """Tell whether the optimizer takes a sparse gradient and no dense one."""
    return _fails(optimizer, _matrix()) and not _fails(optimizer, _matrix(), sparse=True)


def _takes_only_matrices(optimizer: type[Optimizer]) -> bool:
    return not _fails(optimizer, _matrix()) and _fails(optimizer, _matrix().reshape(2))


def _make_sparse(parameters: Iterable[nn.Parameter]) -> None:
    for parameter in parameters:
        if parameter.grad is not None and not parameter.grad.is_sparse:
            parameter.grad = _as_sparse(parameter.grad)


def _as_sparse(gradient: Tensor) -> Tensor:
    """List every row of the gradient, zero or not: SparseAdam leaves the rows that are not listed as they are."""
    rows = torch.arange(len(gradient), device=gradient.device).unsqueeze(0)
    return torch.sparse_coo_tensor(rows, gradient, gradient.shape, is_coalesced=True, check_invariants=False)


def _learning_rate(optimizer: type[Optimizer], learning_rate: float | None) -> dict[str, float]:
    if learning_rate is not None:
        return {"lr": learning_rate}
    if default_learning_rate(optimizer) is None:
        raise LinregError(f"{optimizer.__name__} has no learning rate of its own; give one with --learning-rate.")
    return {}


def _matrix(dtype: torch.dtype = torch.float64, device: torch.device | str = "cpu") -> Tensor:
    return torch.tensor([[1.0], [2.0]], dtype=dtype, device=device)


def _take_a_step(optimizer: type[Optimizer], start: Tensor, sparse: bool | None = None, **arguments: Any) -> None:
    """Minimise a sum of squares from `start` for one step; `sparse` None gives the gradients that the class needs."""
    parameter = nn.Parameter(start.clone())
    stepping = optimizer([parameter], **arguments)
    sparse = needs_sparse_gradients(optimizer) if sparse is None else sparse

    def closure() -> Tensor:
        cost = parameter.square().sum()
        (gradient,) = torch.autograd.grad(cost, parameter)
        parameter.grad = _as_sparse(gradient) if sparse else gradient
        return cost

    stepping.step(closure)  # type: ignore[arg-type]


def _fails(optimizer: type[Optimizer], start: Tensor, sparse: bool = False) -> bool:
    try:
        _take_a_step(optimizer, start, sparse, **({} if default_learning_rate(optimizer) else {"lr": 0.01}))
    except Exception:
        return True
    return False


def _check(optimizer: type[Optimizer], trial: Callable[[], object], options: Mapping[str, Any]) -> None:
    """Make the trial, and turn whatever torch says against it into one sentence."""
    try:
        trial()
    except Exception as problem:
        unset = option_defaults(optimizer)
        given = " ".join(f"{name}={shown(value)}" for name, value in options.items() if value != unset.get(name))
        said = " ".join(str(problem).split()).rstrip(".") or type(problem).__name__
        raise LinregError(
            f"{optimizer.__name__} cannot be used" + f" with {shortened(given, 80)}" * bool(given) + f": "
            f"{shortened(said, 200)}."
        ) from None


def _describe(optimizer: type[Optimizer]) -> OptimizerInfo:
    from linreg.nn.linear import LinearRegression

    note = ""
    try:
        model = LinearRegression(torch.zeros(3).numpy())
        stepping = build(optimizer, model, default_learning_rate(optimizer) or 0.01, {})

        def closure() -> Tensor:
            stepping.zero_grad()
            cost: Tensor = (model(_matrix().T) - 1).square().mean()
            torch.autograd.backward(cost)
            return cost

        closure()
        stepping.step(closure if needs_closure(optimizer) else None)  # type: ignore[arg-type]
    except Exception as problem:
        usable, note = False, shortened(str(problem), 200)
    else:
        usable, note = True, _note(optimizer)
    options = {name: shown(value) for name, value in option_defaults(optimizer).items()}
    return OptimizerInfo(optimizer.__name__, options, default_learning_rate(optimizer), usable, note)


def _note(optimizer: type[Optimizer]) -> str:
    notes = []
    if needs_closure(optimizer):
        notes.append("calls the closure several times an epoch")
    if needs_sparse_gradients(optimizer):
        notes.append("sparse gradients, through an embedding")
    if _takes_only_matrices(optimizer):
        notes.append("w only; b by AdamW")
    arguments = inspect.signature(optimizer).parameters
    decays = [name for name in without_decay(optimizer) if arguments[name].default]
    notes += [f"{name} 0 here, {shown(arguments[name].default)} in torch" for name in decays]
    return "; ".join(notes)
