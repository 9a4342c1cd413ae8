"""Building the engine that was chosen. Torch is imported only by the engines that need it."""

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg.engines.engine import Engine
from linreg.errors import LinregError
from linreg.nn import torch_libraries
from linreg.recipe import Recipe
from linreg.training.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from torch import nn

    from linreg.engines.autograd import AutogradEngine
    from linreg.optim.schedules import Schedule


def build_engine(problem: Problem, rows: "tuple[torch.Tensor, torch.Tensor] | None" = None) -> Engine:
    """Build the engine of a problem, at epoch 0.

    Parameters
    ----------
    rows
        The problem's rows as another engine has them already, so that they are in memory once.

    Raises
    ------
    LinregError
        The optimizer, its options, the device or the module cannot be used.
    """
    if problem.choice.name != "spectral":
        torch_libraries.load()
    if problem.choice.needs_rows:
        return _build_on_rows(problem, rows)
    return (_build_gram if problem.choice.name == "gram" else _build_spectral)(problem)


def _build_spectral(problem: Problem) -> Engine:
    from linreg.engines.spectral import SpectralEngine

    assert problem.quadratic is not None
    learning_rate = 1e-3 if problem.learning_rate is None else problem.learning_rate  # torch.optim.SGD's own default
    return SpectralEngine(
        problem.quadratic, problem.initial_parameters(), learning_rate=learning_rate, **problem.sgd_keywords
    )


def _build_gram(problem: Problem) -> Engine:
    from linreg.engines.gram import GramEngine

    assert problem.quadratic is not None
    return GramEngine(
        problem.quadratic,
        problem.initial_parameters(),
        lambda model: _optimizer(problem, model),
        schedule_builder(problem),
    )


def _build_on_rows(problem: Problem, rows: "tuple[torch.Tensor, torch.Tensor] | None") -> Engine:
    import torch

    from linreg.engines import devices
    from linreg.nn.user_module import UserModule, check_output, keep_shape

    assert problem.table is not None
    recipe, own_module = problem.recipe, None
    device = problem.ranks.device(devices.resolve(recipe.device))
    dtype: torch.dtype = getattr(torch, devices.resolve_dtype(recipe.dtype, device))
    x, y = _rows(problem, dtype) if rows is None else rows
    if not (problem.table.on_disk and recipe.batch_size is not None):
        x, y = x.to(device), y.to(device)
    model = _model(problem).to(dtype).to(device)
    if recipe.module is not None:
        sample = (x[:3] if len(x) else x.new_zeros(1, x.shape[1])).to(device)
        own_module = UserModule.of(model, recipe.module)
        y = y.reshape((-1, *check_output(model, sample, own_module.label)))
        keep_shape(model, y.shape[1:], own_module.label)
    return _loop(problem, device)(
        model,
        x,
        y,
        getattr(torch.nn, recipe.criterion)(reduction=recipe.reduction),
        lambda model: _optimizer(problem, model),
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        own_module=own_module,
        build_schedule=schedule_builder(problem),
    )


def schedule_builder(problem: Problem) -> "Callable[[torch.optim.Optimizer], Schedule] | None":
    """Return what makes the recipe's schedule for an optimizer; None where the rate stays as it is."""
    recipe = problem.recipe
    if recipe.schedule is None:
        return None
    from linreg.optim import schedules

    kind = schedules.find(recipe.schedule)

    def build(optimizer: "torch.optim.Optimizer") -> "Schedule":
        rate = float(optimizer.param_groups[0].get("lr", np.nan))
        if np.isnan(rate):
            raise LinregError(f"{recipe.optimizer} has no learning rate that {kind.__name__} could change.")
        arguments = schedules.completed(kind, recipe.schedule_options, problem.last_epoch + 1, rate)
        return schedules.Schedule(kind, arguments, optimizer)

    return build


def _rows(problem: Problem, dtype: "torch.dtype") -> "tuple[torch.Tensor, torch.Tensor]":
    """Return the rows as they are trained on, made block by block; those on disk go to a second file."""
    import torch

    table, scaling = problem.table, problem.scaling
    assert table is not None
    n_columns = len(table.features) + 1
    n_rows = max(1, 2**18 // n_columns)
    parts = [slice(start, start + n_rows) for start in range(0, len(table.y), n_rows)]
    if not table.on_disk:
        x = torch.empty(table.X.shape, dtype=dtype)
        for part in parts:
            x[part] = torch.from_numpy(scaling.apply(table.X[part]))
        return x, torch.from_numpy(table.y).reshape(-1, 1).to(dtype)
    from linreg.data.row_file import RowFile

    with RowFile(n_columns, str(dtype).removeprefix("torch.")) as file:
        for part in parts:
            file.append(np.column_stack([scaling.apply(table.X[part]), table.y[part]]))
        rows = torch.from_numpy(file.mapped())
    return rows[:, :-1], rows[:, -1:]


def _loop(problem: Problem, device: str) -> "Callable[..., AutogradEngine]":
    """Return the lecture's loop, or its like without autograd or for several processes."""
    if problem.ranks.n_ranks == 1:
        from linreg.engines.analytic import AnalyticEngine
        from linreg.engines.autograd import AutogradEngine
        from linreg.engines.cuda_graphs import graphs_on

        return partial(
            AnalyticEngine if problem.choice.name == "analytic" else AutogradEngine, graphs=graphs_on(device)
        )
    from linreg.engines.distributed import DistributedEngine

    if problem.recipe.optimizer.lower() == "sparseadam":
        raise LinregError("SparseAdam trains in one process only; choose another --optimizer, such as Adam.")
    return partial(DistributedEngine, ranks=problem.ranks, rows=problem.row_numbers, n_samples=problem.n_samples)


def _model(problem: Problem) -> "nn.Module":
    recipe = problem.recipe
    if recipe.module is not None:
        from linreg.nn.user_module import load_module

        _refuse_what_a_module_decides(recipe)
        return load_module(recipe.module, len(problem.features), recipe.seed)
    from linreg.nn.linear import LinearRegression, SparseLinearRegression
    from linreg.optim.optimizers import find, needs_sparse_gradients

    initial = problem.initial_parameters()
    sparse = needs_sparse_gradients(find(recipe.optimizer))
    return (SparseLinearRegression if sparse else LinearRegression)(initial, recipe.bias)


def _refuse_what_a_module_decides(recipe: Recipe) -> None:
    """Refuse options that would silently do nothing to a module of the user's own, or that it cannot bear."""
    from linreg.optim.optimizers import find, needs_sparse_gradients

    if not recipe.bias or recipe.init != "zeros":
        raise LinregError("--no-bias and --init do not reach into a module of your own; write them into its class.")
    if needs_sparse_gradients(find(recipe.optimizer)):
        raise LinregError(
            f"{recipe.optimizer} takes only the sparse gradients of an embedding; train a module with --optimizer Adam."
        )


def _optimizer(problem: Problem, model: "nn.Module") -> "torch.optim.Optimizer":
    from linreg.optim import optimizers

    kind = optimizers.find(problem.recipe.optimizer)
    options: dict[str, Any] = dict(problem.recipe.options)
    if str(options.get("momentum")).lower() == "auto" and problem.sgd is not None:
        options |= {"momentum": problem.sgd.momentum, "nesterov": problem.sgd.nesterov}
    learning_rate = problem.learning_rate
    return optimizers.build(kind, model, learning_rate, optimizers.parse_options(kind, options))
