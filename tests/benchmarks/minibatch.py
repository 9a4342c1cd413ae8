"""A mini-batch epoch of ours against a DataLoader's."""

from collections.abc import Iterator

from benchmarks.engines import posed
from benchmarks.loops import data_loader_loop, tensors
from benchmarks.measuring import Comparison, TimesAsFast, alternate
from benchmarks.synthetic import rows
from linreg.training.build import build_engine

BATCH_SIZE = 256


def measure(quick: bool) -> Iterator[Comparison]:
    """One mini-batch epoch, ours with the cost over all rows that it reports, against a DataLoader loop."""
    X, y = rows(10_000 if quick else 100_000, 8)
    engine = build_engine(posed(X, y, batch_size=BATCH_SIZE))
    loop = data_loader_loop(*tensors(X, y), BATCH_SIZE)
    ours, rival = alternate(lambda: engine.advance(1), lambda: loop(1), 3 if quick else 20)
    name = f"a mini-batch epoch, {len(X):,} × 8 by {BATCH_SIZE}: DataLoader(TensorDataset)"
    yield Comparison(name, ours, rival, TimesAsFast(5))
