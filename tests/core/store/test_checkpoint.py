"""A run put aside and taken up again: the same to the last bit, or a word about what is wrong."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from exactly import same
from linreg import LinregError, Recipe
from linreg.data.bundled import bundled_folder, find
from linreg.data.fingerprint import fingerprint_of
from linreg.files.sealed import SealError, seal
from linreg.live.checkpoint import FORMAT, Checkpoint
from linreg.live.state import Intervention
from linreg.optim import optimizers
from linreg.phase import Phase
from linreg.store import checkpoint
from linreg.store.checkpoint import CURRENT, NEW, PREVIOUS
from linreg.training.posing import pose
from linreg.training.trainer import Snapshot, Trainer
from processes.forks import Forked


def posed(data: str, **choices: Any) -> Trainer:
    return Trainer(pose(find(data).changed(**choices)))


def put_aside(trainer: Trainer, **values: Any) -> Checkpoint:
    recipe = trainer.problem.recipe
    rate = trainer.engine.learning_rate
    return Checkpoint(
        recipe=recipe, snapshot=trainer.snapshot(), status=Phase.RUNNING, first_learning_rate=rate, **values
    )


def taken_up(folder: Path) -> Trainer:
    kept = checkpoint.load(folder).checkpoint
    trainer = Trainer(pose(kept.recipe))
    trainer.restore(kept.snapshot)
    return trainer


def course(trainer: Trainer, n_epochs: int) -> tuple[bytes, bytes, float]:
    """Return every bit of the costs and parameters of the next epochs, and the rate at their end."""
    traces = [trainer.advance(1) for _ in range(n_epochs)]
    costs, parameters = ([getattr(trace, name) for trace in traces] for name in ("cost", "parameters"))
    return np.concatenate(costs).tobytes(), np.concatenate(parameters).tobytes(), trainer.engine.learning_rate


RATES = {"LBFGS": 0.3, "Adadelta": 1.0, "SGD": 0.02, "ASGD": 0.02}
OF_A_RUN: dict[str, dict[str, Any]] = {
    "gram": {"engine": "gram"},
    "float32": {"engine": "autograd", "dtype": "float32"},
    "mini-batches": {"batch_size": 2},
    "module": {"module": f"{bundled_folder() / 'quiz1_module.py'}:MultivariateLinearRegressionModel"},
}


@pytest.mark.parametrize("kind", OF_A_RUN)
@pytest.mark.parametrize("name", optimizers.names())
def test_every_optimizer_goes_on_as_if_it_had_never_stopped(tmp_path: Path, name: str, kind: str) -> None:
    if name == "SparseAdam" and kind in ("gram", "module"):
        pytest.skip("not served there")
    choices = {**OF_A_RUN[kind], "optimizer": name, "learning_rate": RATES.get(name, 0.01), "standardize": True}
    if name == "LBFGS":
        choices["options"] = {"max_iter": 4}
    trainer = posed("quiz1", **choices)
    course(trainer, 7)
    checkpoint.save(tmp_path, put_aside(trainer))
    expected = course(trainer, 9)
    assert course(taken_up(tmp_path), 9) == expected


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "nesterov": True}, {"weight_decay": 0.1}])
def test_a_jumping_engine_goes_on_through_its_changes_of_the_learning_rate(
    tmp_path: Path, options: dict[str, Any]
) -> None:
    trainer = posed("quiz1", engine="spectral", standardize=True, learning_rate=0.01, options=options, epochs=10**6)
    for rate in (0.02, 0.005):
        trainer.advance(20_001)
        trainer.engine.learning_rate = rate
    checkpoint.save(tmp_path, put_aside(trainer))
    again = taken_up(tmp_path)
    expected = course(trainer, 5)
    assert course(again, 5) == expected
    for each in (trainer, again):
        each.rewind(20_000)
    assert course(again, 5) == course(trainer, 5)


def test_stop_rules_remember_the_epoch_before(tmp_path: Path) -> None:
    whole = posed("exercise1", engine="spectral", until_cost=1e-6, epochs=10**6)
    for _ in whole:
        pass
    trainer = posed("exercise1", engine="spectral", until_cost=1e-6, epochs=10**6)
    trainer.advance(whole.epoch)  # one epoch before the one that ends it
    checkpoint.save(tmp_path, put_aside(trainer))
    again = taken_up(tmp_path)
    assert again.status == "running"
    again.advance(1)
    assert (again.status, again.reason, again.epoch) == (whole.status, whole.reason, whole.epoch)


def test_all_that_is_known_of_the_run_comes_back(tmp_path: Path) -> None:
    trainer = posed("houses", optimizer="Adam", options={"betas": (0.8, 0.9)}, until_step=1e-12)
    trainer.advance(3)
    kept = put_aside(
        trainer,
        reason="the terminal is gone",
        interventions=(Intervention(2, 0.5), Intervention(9, 0.25)),
        before=np.append(trainer.parameters[1:], -0.0),
        frontier=12,
        seconds=0.125,
        data=fingerprint_of(trainer.problem.recipe.data),
        versions=checkpoint.versions(),
    )
    n_bytes = checkpoint.save(tmp_path / "run", kept)
    assert n_bytes == (tmp_path / "run" / CURRENT).stat().st_size
    back = checkpoint.load(tmp_path / "run").checkpoint
    assert back.recipe.as_dict() == kept.recipe.as_dict()
    assert back.versions["torch"].split("+")[0] == torch.__version__.split("+")[0]
    for name in Checkpoint.__slots__:
        if name not in ("recipe", "snapshot"):
            assert same(getattr(back, name), getattr(kept, name)), name


def at_epoch(epoch: int) -> Checkpoint:
    snapshot = Snapshot(epoch, np.full(2, float(epoch)), 0.5, {"epoch": epoch + 1})
    return Checkpoint(recipe=Recipe(), snapshot=snapshot, status=Phase.RUNNING, first_learning_rate=0.1)


def epoch_in(folder: Path) -> int:
    return checkpoint.load(folder).checkpoint.snapshot.epoch


def test_the_previous_checkpoint_is_kept_and_nothing_else(tmp_path: Path) -> None:
    for epoch in range(4):
        checkpoint.save(tmp_path, at_epoch(epoch))
    assert sorted(os.listdir(tmp_path)) == sorted([CURRENT, PREVIOUS])
    assert checkpoint.load(tmp_path).notice == ""
    assert epoch_in(tmp_path) == 3


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: b"",
        lambda content: content[:100] + b"!" + content[101:],
        lambda content: b"\xff" * len(content),
    ],
)
def test_a_damaged_checkpoint_is_replaced_by_the_one_before_with_a_word(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    for epoch in (5, 6):
        checkpoint.save(tmp_path, at_epoch(epoch))
    path = tmp_path / CURRENT
    path.write_bytes(damage(path.read_bytes()))
    loaded = checkpoint.load(tmp_path)
    assert loaded.checkpoint.snapshot.epoch == 5
    assert loaded.notice.startswith("the newest checkpoint is damaged (checkpoint.safetensors: ")
    assert loaded.notice.endswith("the one before it is used, of epoch 5.")
    (tmp_path / PREVIOUS).write_bytes(b"")
    with pytest.raises(
        LinregError, match=r"no checkpoint in .* is whole \(checkpoint\.safetensors: .*; checkpoint\.pr"
    ):
        checkpoint.load(tmp_path)


def test_a_run_without_a_checkpoint_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match="there is no checkpoint in"):
        checkpoint.load(tmp_path / "none")


def test_a_checkpoint_of_another_version_is_not_taken_for_a_damaged_one(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, at_epoch(1))
    (tmp_path / CURRENT).write_bytes(seal("linreg checkpoint 9", {}))
    with pytest.raises(LinregError, match="another version of linreg: it is a linreg checkpoint 9"):
        checkpoint.load(tmp_path)


@pytest.mark.parametrize("content", [{}, {"recipe": 1}, [], {"recipe": {"epochs": -1}}])
def test_a_whole_file_whose_content_does_not_fit_is_damaged(content: object) -> None:
    with pytest.raises(SealError):
        Checkpoint.of_content(seal(FORMAT, content))


@pytest.mark.parametrize("n_calls", range(12))
def test_wherever_the_machine_stops_the_newest_whole_checkpoint_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_calls: int
) -> None:
    """Every call that changes the folder may be the last one that is made."""
    for epoch in (1, 2):
        checkpoint.save(tmp_path, at_epoch(epoch))
    left, replaced = n_calls, []

    def stopping(call: Callable[..., Any], counts: bool) -> Callable[..., Any]:
        def until_the_end(*arguments: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise SystemExit
            replaced.append(counts)
            return call(*arguments)

        return until_the_end

    with monkeypatch.context() as patch:
        for name in ("replace", "fsync", "chmod"):
            patch.setattr(os, name, stopping(getattr(os, name), name == "replace"))
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        try:
            checkpoint.save(tmp_path, at_epoch(3))
        except SystemExit:
            pass
        else:
            assert n_calls > 5
    assert epoch_in(tmp_path) == (3 if any(replaced) else 2)
    assert checkpoint.load(tmp_path).notice == ""
    checkpoint.sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {NEW, CURRENT, PREVIOUS}
    checkpoint.save(tmp_path, at_epoch(4))
    assert epoch_in(tmp_path) == 4


def test_a_disk_that_is_full_leaves_the_checkpoints_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for epoch in (1, 2):
        checkpoint.save(tmp_path, at_epoch(epoch))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LinregError, match="No space left on device"):
        checkpoint.save(tmp_path, at_epoch(3))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_only_half_written_checkpoints_are_swept_away(tmp_path: Path) -> None:
    checkpoint.save(tmp_path, at_epoch(1))
    for name in (f".{NEW}.x1y2", f".{CURRENT}.abc", "notes.txt", ".hidden", ".other.safetensors.abc"):
        (tmp_path / name).write_text("")
    assert checkpoint.sweep(tmp_path) == 2
    assert sorted(os.listdir(tmp_path)) == sorted([CURRENT, "notes.txt", ".hidden", ".other.safetensors.abc"])
    assert checkpoint.sweep(tmp_path / "none") == 0


def test_a_module_that_cannot_be_put_aside_is_one_sentence() -> None:
    snapshot = Snapshot(0, np.zeros(1), 0.0, {"model": {"_extra_state": object()}})
    kept = Checkpoint(recipe=Recipe(), snapshot=snapshot, status=Phase.RUNNING, first_learning_rate=0.1)
    with pytest.raises(LinregError, match="cannot be put aside: a value of type object cannot be kept"):
        kept.content()


TRAINING = """
import sys
from pathlib import Path
from linreg.store import checkpoint
from linreg.data.bundled import find
from linreg.live.checkpoint import Checkpoint
from linreg.errors import LinregError
from linreg.phase import Phase
from linreg.training.posing import pose
from linreg.training.trainer import Trainer

folder, n_epochs, optimizer = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
recipe = find("quiz1").changed(optimizer=optimizer, batch_size=2, standardize=True, learning_rate=0.01, epochs=n_epochs)
trainer = Trainer(pose(recipe))
try:
    trainer.restore(checkpoint.load(folder).checkpoint.snapshot)
except LinregError:
    pass
print(trainer.epoch, flush=True)
while len(trainer.advance(1)):
    kept = Checkpoint(recipe=recipe, snapshot=trainer.snapshot(), status=Phase.RUNNING, first_learning_rate=0.01)
    checkpoint.save(folder, kept)
    print(trainer.epoch, flush=True)
print(trainer.parameters.tobytes().hex(), flush=True)
"""


def test_a_run_that_is_killed_again_and_again_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    draw, n_epochs, reached = random.Random(0), 60, -1
    command = [sys.executable, "-c", TRAINING, str(tmp_path), str(n_epochs), "Adam"]
    for _ in range(2):
        process: Forked[str] = Forked(command, stdout=subprocess.PIPE, text=True)
        with process:
            assert process.stdout is not None
            assert int(process.stdout.readline()) >= reached
            for _ in range(draw.randint(2, 20)):
                reached = int(process.stdout.readline())
            time.sleep(draw.uniform(0, 0.02))
            process.kill()
    ended = Forked[str](command, stdout=subprocess.PIPE, text=True).communicate()[0].split()
    whole = posed("quiz1", optimizer="Adam", batch_size=2, standardize=True, learning_rate=0.01, epochs=n_epochs)
    for _ in whole:
        pass
    assert int(ended[0]) >= reached > 3
    assert ended[-1] == whole.parameters.tobytes().hex()
    checkpoint.sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} <= {NEW, CURRENT, PREVIOUS}
