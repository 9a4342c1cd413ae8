"""Training a module of the user's own: whatever it does, the user reads one sentence about it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import linreg
from linreg import LinregError

HEAD = """\
import sys
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 1)
        self.norm = nn.BatchNorm1d(3)
        self.calls = 0

    def forward(self, x):
        self.calls += 1
"""


def _train(folder: Path, body: str, **choices: Any) -> linreg.Result:
    path = folder / "mine.py"
    path.write_text(HEAD + "".join(f"        {line}\n" for line in body.splitlines()))
    trainer = linreg.train("quiz1", module=f"{path}:Model", epochs=20, learning_rate=1e-6, **choices)
    for _ in trainer:
        pass
    return trainer.result()


def test_batch_normalisation_trains(tmp_path: Path) -> None:
    before = torch.random.get_rng_state()
    result = _train(tmp_path, "return self.linear(self.norm(x))")
    assert result.status == "finished"
    assert "norm.weight[0]" in result.w
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            "if self.calls > 5: raise RuntimeError('tired of this')\nreturn self.linear(x)",
            r"line 14: RuntimeError: tired",
        ),
        ("if self.calls > 5: sys.exit(7)\nreturn self.linear(x)", r"SystemExit"),
        ("sys.exit(7)", r"SystemExit"),
        ("y = self.linear(x)\nreturn y.squeeze(1) if self.calls > 5 else y", r"first returned shape \(5, 1\), and now"),
        ("y = self.linear(x)\nreturn 3.0 if self.calls > 5 else y", r"first returned shape \(5, 1\), and now a float"),
    ],
)
def test_what_a_module_does_wrong_while_it_is_trained_is_one_sentence(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(LinregError, match=rf"mine\.py:Model: .*{words}") as raised:
        _train(tmp_path, body)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"optimizer": "SparseAdam"}, "sparse gradients"),
        ({"bias": False}, "--no-bias"),
        ({"init": "normal"}, "--init"),
    ],
)
def test_what_does_not_go_with_a_module_is_refused(tmp_path: Path, choices: dict[str, Any], words: str) -> None:
    with pytest.raises(LinregError, match=words):
        _train(tmp_path, "return self.linear(x)", **choices)


def test_a_single_row_and_a_flat_answer_train(tmp_path: Path) -> None:
    result = _train(tmp_path, "return self.linear(x).squeeze(1)")
    assert np.isfinite(result.cost)
