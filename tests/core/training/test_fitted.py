"""A saved model: what is written is what is read, and nothing else is believed."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from linreg import LinregError, load_model, train
from linreg.training.fitted import FittedModel


@pytest.fixture
def model() -> FittedModel:
    trainer = train("quiz1")
    for _ in trainer:
        pass
    return FittedModel.of(trainer, trainer.result())


def _rewritten(path: Path, change: dict[str, object], **tensors: np.ndarray) -> Path:
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        metadata = dict(file.metadata())
    about = {**json.loads(metadata["linreg"]), **change}
    save_file({**load_file(path), **tensors}, path, metadata={**metadata, "linreg": json.dumps(about)})
    return path


def test_a_model_reads_back_as_it_was(model: FittedModel, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    model.save(path)
    again = load_model(path)
    assert (again.features, again.target, again.b) == (("x1", "x2", "x3"), "y", model.b)
    assert np.array_equal(again.w, model.w)
    assert again.recipe == json.loads(json.dumps(model.recipe))
    assert again.result["epoch"] == 1000
    rows = np.array([[73.0, 80, 75], [0, 0, 0]])
    assert again.predict(rows) == pytest.approx(rows @ model.w + model.b, rel=1e-15)


def test_saving_again_replaces_the_file_and_leaves_nothing_else(model: FittedModel, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_text("old")
    path.chmod(0o640)
    model.save(path)
    assert os.listdir(tmp_path) == ["model.safetensors"]
    assert path.stat().st_mode & 0o777 == 0o640
    load_model(path)


def test_a_write_that_fails_leaves_the_old_file_whole(
    model: FittedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.safetensors"
    model.save(path)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(LinregError, match=r"cannot write .*model.safetensors: No space left on device"):
        model.save(path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["model.safetensors"]


@pytest.mark.parametrize(
    ("change", "tensors"),
    [
        ({"features": ["x1", "x2"]}, {}),
        ({"features": ["x1", "x2", "x2"]}, {}),
        ({"features": []}, {}),
        ({"features": 3}, {}),
        ({"target": None, "recipe": 7}, {}),
        ({}, {"w": np.zeros(2)}),
        ({}, {"w": np.array([1.0, np.nan, 3.0])}),
        ({}, {"w": np.zeros(3, dtype=np.float32)}),
        ({}, {"b": np.zeros(2)}),
        ({}, {"b": np.array([np.inf])}),
        ({}, {"mean": np.zeros((3, 1))}),
    ],
)
def test_a_damaged_model_is_refused_in_one_sentence(
    model: FittedModel, tmp_path: Path, change: dict[str, object], tensors: dict[str, np.ndarray]
) -> None:
    path = tmp_path / "model.safetensors"
    model.save(path)
    with pytest.raises(LinregError, match=r"model\.safetensors is damaged: .*\.$"):
        load_model(_rewritten(path, change, **tensors))


def test_every_flipped_or_missing_byte_is_noticed_or_harmless(model: FittedModel, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    model.save(path)
    content = path.read_bytes()
    generator = np.random.default_rng(1)
    for place in generator.integers(0, len(content), 150):
        for damaged in (content[:place], content[:place] + bytes([content[place] ^ 0x20]) + content[place + 1 :]):
            path.write_bytes(damaged)
            try:
                load_model(path)
            except LinregError as problem:
                assert str(problem).endswith(".")
                assert "\n" not in str(problem)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x80\x04\x95pickle", b"x,y\n1,2\n", b"\xff" * 64])
def test_another_kind_of_file_is_refused_and_runs_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.pt"
    path.write_bytes(content)
    with pytest.raises(LinregError, match=r"other\.pt is not a linreg model"):
        load_model(path)


def test_a_missing_model_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match=r"cannot read the model .*gone: No such file"):
        load_model(tmp_path / "gone")
    with pytest.raises(LinregError, match=r"cannot read the model .*: Is a directory"):
        load_model(tmp_path)


def test_a_models_safetensors_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "resnet.safetensors"
    save_file({"weight": np.zeros(3)}, path)
    with pytest.raises(LinregError, match="not a linreg model"):
        load_model(path)


def test_a_module_of_ones_own_is_saved_but_predicts_only_with_its_code(tmp_path: Path) -> None:
    trainer = train("quiz1-module")
    for _ in trainer:
        pass
    path = tmp_path / "module.safetensors"
    FittedModel.of(trainer, trainer.result()).save(path)
    again = load_model(path)
    assert np.array_equal(again.w, trainer.parameters)
    with pytest.raises(LinregError, match="not its code"):
        again.predict(np.zeros((1, 3)))
