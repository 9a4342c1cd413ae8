"""What a module of the user's own answers to the rows that are drawn, beside what torch computes of it."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.live.test_linear_module import trainer_of
from linreg.live.answers import Answers
from linreg.live.linear_module import with_what_is_known
from linreg.training.facts import facts_of
from linreg.training.trainer import Trainer


def rows_of(trainer: Trainer) -> tuple[np.ndarray, np.ndarray]:
    table = np.genfromtxt(trainer.problem.recipe.data, delimiter=",", skip_header=1)
    return table[:, :-1], table[:, -1]


@pytest.mark.parametrize("name", ["Bent", "Two", "Counting", "Dropped"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_answers_are_those_of_the_module_in_use_and_nothing_of_them_stays(
    tmp_path: Path, name: str, dtype: str
) -> None:
    trainer = trainer_of(tmp_path, name, dtype=dtype, learning_rate=1e-3)
    X, y = rows_of(trainer)
    answers = Answers(trainer, facts_of(trainer, X, y))
    for _ in range(2):
        trainer.advance(3)
        own = trainer.engine.own_module
        assert own is not None
        before, drawn = trainer.engine.snapshot()["model"], torch.random.get_rng_state()
        known = answers.now(is_moving=False)
        after = trainer.engine.snapshot()["model"]
        assert all(torch.equal(before[key], after[key]) for key in before)
        assert torch.equal(torch.random.get_rng_state(), drawn)
        assert own.module.training
        scaled = torch.from_numpy((X - X.mean(axis=0)) / X.std(axis=0, ddof=1)).to(getattr(torch, dtype))
        own.module.eval()
        with torch.no_grad():
            expected = own.module(scaled).reshape(-1).double().numpy()
        own.module.train()
        assert known == pytest.approx(expected, rel=1e-3 if dtype == "float32" else 1e-9)


def test_a_module_that_refuses_and_one_that_is_linear_have_no_answers(tmp_path: Path) -> None:
    refusing = trainer_of(tmp_path, "Picky")
    assert Answers(refusing, facts_of(refusing, *rows_of(refusing))).now(is_moving=False) is None
    trainer = trainer_of(tmp_path, "Bent")
    assert Answers(trainer, facts_of(trainer, np.empty((0, 3)), np.empty(0))).now(is_moving=False) is None
    X, y = rows_of(trainer)
    one = Answers(trainer, facts_of(trainer, X[:1], y[:1])).now(is_moving=False)
    assert one is not None
    assert one.shape == (1,)
    with pytest.raises(ValueError, match="read-only"):
        one[0] = 0.0
    linear = trainer_of(tmp_path, "Plain")
    known = facts_of(linear, *rows_of(linear))
    assert Answers(linear, known).now(is_moving=False) is not None
    assert Answers(linear, with_what_is_known(linear, known)).now(is_moving=False) is None


def test_while_a_run_moves_answers_that_take_long_are_not_computed_all_the_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = trainer_of(tmp_path, "Bent")
    clock = iter(np.cumsum([0, 1.0, 1.0, 10.0, 9.0, 1.0]))  # a computation takes 1 s: the next is due 20 s later
    monkeypatch.setattr("linreg.live.answers.perf_counter", lambda: float(next(clock)))
    answers = Answers(trainer, facts_of(trainer, *rows_of(trainer)))
    first = answers.now(is_moving=True)
    trainer.advance(3)
    assert answers.now(is_moving=True) is first
    assert answers.now(is_moving=True) is first
    assert answers.now(is_moving=True) is not first


def test_a_module_that_has_refused_once_is_not_asked_again_and_one_of_several_processes_is_not_asked_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = trainer_of(tmp_path, "Bent")
    answers, asked = Answers(trainer, facts_of(trainer, *rows_of(trainer))), list[int]()
    assert answers.now(is_moving=False) is not None

    def refuse(self: object, X: object) -> None:
        asked.append(1)
        raise ValueError

    monkeypatch.setattr(type(trainer.engine.own_module), "answers", refuse)
    assert [answers.now(is_moving=False) for _ in range(3)] == [None] * 3
    assert len(asked) == 1
    facts = facts_of(trainer, *rows_of(trainer))
    trainer.problem = replace(trainer.problem, ranks=SimpleNamespace(n_ranks=2))  # type: ignore[arg-type]
    assert Answers(trainer, facts).now(is_moving=False) is None
    assert len(asked) == 1
