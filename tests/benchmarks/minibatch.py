"""A mini-batch epoch of ours against a DataLoader's and scikit-learn's, and robust full batches against the loop's."""

from collections.abc import Iterator

from sklearn.linear_model import SGDRegressor

from benchmarks.engines import posed
from benchmarks.loops import data_loader_loop, tensors
from benchmarks.measuring import AtMost, Comparison, TimesAsFast, alternate
from benchmarks.synthetic import Array, rows
from linreg.training.build import build_engine

BATCH_SIZE = 256
OF_SGD = {256: 0.5, 32: 1.2}
"""The goal for each size of a batch, as a part of the time of SGDRegressor, which takes a step a row."""


def measure(quick: bool) -> Iterator[Comparison]:
    """Time epochs, ours with the cost over all rows that they report."""
    X, y = rows(10_000 if quick else 100_000, 8)
    engine = build_engine(posed(X, y, batch_size=BATCH_SIZE))
    loop = data_loader_loop(*tensors(X, y), BATCH_SIZE)
    ours, rival = alternate(lambda: engine.advance(1), lambda: loop(1), 3 if quick else 20)
    name = f"a mini-batch epoch, {len(X):,} × 8 by {BATCH_SIZE}: DataLoader(TensorDataset)"
    yield Comparison(name, ours, rival, TimesAsFast(50))
    X, y = rows(20_000 if quick else 1_000_000, 32)
    for batch_size, goal in OF_SGD.items():
        yield _beside_scikit_learn(X, y, batch_size, goal, 3 if quick else 7)
    yield _robust(X, y, 3 if quick else 10)


def _beside_scikit_learn(X: Array, y: Array, batch_size: int, goal: float, n_times: int) -> Comparison:
    engine = build_engine(posed(X, y, batch_size=batch_size, dtype="float64"))
    rival = SGDRegressor(penalty=None, learning_rate="constant", eta0=1e-3, max_iter=1, tol=None)
    ours, theirs = alternate(lambda: engine.advance(1), lambda: rival.fit(X, y), n_times)
    name = f"a mini-batch epoch, {len(X):,} × {X.shape[1]} by {batch_size}: SGDRegressor's epoch"
    return Comparison(name, ours, theirs, AtMost(goal))


def _robust(X: Array, y: Array, n_times: int) -> Comparison:
    engine, loop = (build_engine(posed(X, y, criterion="L1Loss", engine=name)) for name in ("analytic", "autograd"))
    ours, theirs = alternate(lambda: engine.advance(2), lambda: loop.advance(2), n_times)
    name = f"an epoch of L1Loss, {len(X):,} × {X.shape[1]}: the lecture's loop"
    return Comparison(name, ours / 2, theirs / 2, TimesAsFast(2))
