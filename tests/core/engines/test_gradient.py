"""What every engine says of the cost at parameters that it does not have, against differences of that cost."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linreg.data import bundled
from linreg.engines.engine import OnRows
from linreg.engines.ranks import Ranks
from linreg.training.posing import pose
from linreg.training.trainer import Trainer
from threads import on_ranks

MODULE = """\
from torch import nn

class Net(nn.Sequential):
    def __init__(self, n):
        super().__init__(nn.BatchNorm1d(n), nn.Linear(n, 3), nn.Tanh(), nn.Linear(3, 1))
"""


def _differences(trainer: Trainer, at: np.ndarray, width: float = 1e-4) -> list[float]:
    """The slope of the cost along each parameter: of a parabola exactly."""
    steps = np.eye(len(at)) * width
    cost = trainer.engine.cost_of
    return [(cost(at + step) - cost(at - step)) / (2 * width) for step in steps]


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("engine", ["spectral", "gram", "autograd"])
def test_every_engine_knows_the_gradient_at_any_parameters(engine: str, reduction: str) -> None:
    recipe = replace(bundled.find("houses"), engine=engine, reduction=reduction, learning_rate=1e-3)
    trainer = Trainer(pose(recipe))
    trainer.advance(3)
    here = trainer.engine.parameters
    elsewhere = np.linspace(-2, 2, len(here))
    gradient = trainer.engine.gradient_at(elsewhere)
    assert gradient == pytest.approx(_differences(trainer, elsewhere), rel=1e-6)
    assert trainer.engine.parameters.tolist() == here.tolist()
    assert isinstance(trainer.engine, OnRows) == (engine == "autograd")


def test_several_ranks_find_the_gradient_of_all_rows(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(MODULE.replace("nn.BatchNorm1d(n), ", ""))
    recipe = replace(bundled.find("houses"), criterion="L1Loss", init="normal", learning_rate=1e-3)

    def gradient(ranks: Ranks) -> list[float]:
        trainer = Trainer(pose(recipe, ranks=ranks))
        found = trainer.engine.gradient_at(np.linspace(-2, 2, len(trainer.parameters)))
        assert found is not None
        return list(map(float, found))

    alone = gradient(Ranks())
    for found in on_ranks(3, gradient):
        assert found == pytest.approx(alone, rel=1e-12)


def test_a_module_of_ones_own_counts_nothing_while_its_gradient_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(MODULE)
    trainer = Trainer(pose(replace(bundled.find("houses"), module=f"{tmp_path}/net.py:Net", learning_rate=1e-3)))
    before, elsewhere = trainer.engine.snapshot()["model"], np.linspace(-1, 1, len(trainer.parameters))
    gradient = trainer.engine.gradient_at(elsewhere)
    after = trainer.engine.snapshot()["model"]
    assert all(value.equal(after[name]) for name, value in before.items())
    assert gradient == pytest.approx(_differences(trainer, elsewhere), rel=1e-4, abs=1e-6)
