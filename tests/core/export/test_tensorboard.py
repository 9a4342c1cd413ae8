"""A recorded run as TensorBoard's event file, read back by TensorBoard's own reader."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]

from kept_runs import kept, kept_of, with_epochs
from linreg.errors import LinregError
from linreg.export.tensorboard import write_events
from linreg.store.recorded_run import RecordedRun


def read(folder: Path) -> dict[str, list[tuple[float, int, float]]]:
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    accumulator.Reload()
    return {
        tag: [(event.wall_time, event.step, event.value) for event in accumulator.Scalars(tag)]
        for tag in accumulator.Tags()["scalars"]
    }


def read_back(run: RecordedRun, folder: Path) -> dict[str, list[float]]:
    folder.mkdir(exist_ok=True)
    write_events(folder / "run.tfevents", run)
    scalars = read(folder)
    epochs = run.epochs.epoch.tolist()
    for events in scalars.values():
        assert [(time, step) for time, step, _ in events] == [(run.run.started, epoch) for epoch in epochs]
    return {tag: [value for *_, value in events] for tag, events in scalars.items()}


def rounded(column: object) -> list[float]:
    with np.errstate(over="ignore", under="ignore"):
        return [float(value) for value in np.asarray(column).astype(np.float32)]


def test_every_number_of_every_epoch_is_there_at_its_epoch(tmp_path: Path) -> None:
    run = kept(tmp_path, "houses", epochs=40, hold_out="0.2")
    w, b = run.in_original_units()
    assert read_back(run, tmp_path / "logs") == {
        "cost": rounded(run.epochs.cost),
        "held_out_cost": rounded(run.epochs.held_out_cost),
        "above_least_squares": rounded(run.epochs.excess_cost),
        "learning_rate": rounded(run.epochs.learning_rate),
        "b": rounded(b),
        **{f"w/{name}": rounded(column) for name, column in zip(["area", "rooms", "age"], w.T, strict=True)},
    }


def test_what_is_not_known_has_no_tag(tmp_path: Path) -> None:
    run = with_epochs(kept(tmp_path, bias=False, epochs=2), [3.0, 2.0], [0.5])
    run.epochs.learning_rate[:] = np.nan  # as Rprop's, which has none
    assert read_back(run, tmp_path / "logs") == {"cost": [3.0, 2.0], "w/x": [0.5, 0.5]}
    assert list(read_back(replace(run, facts=None), tmp_path / "lost")) == ["cost", "w/parameter_1"]


def test_numbers_beyond_float32_are_infinite_or_nought_and_no_error(tmp_path: Path) -> None:
    run = with_epochs(kept(tmp_path, epochs=2), [1e300, 1e-300, np.nan, -np.inf], [1e39, -1e39])
    found = read_back(run, tmp_path / "logs")
    np.testing.assert_array_equal(found["cost"], [np.inf, 0, np.nan, -np.inf])
    assert (found["w/x"], found["b"]) == ([np.inf] * 4, [-np.inf] * 4)


def test_any_name_of_a_column_is_a_tag(tmp_path: Path) -> None:
    names = ["a/b", "cost", "b", "😀 \n\x1b[31m", "名" * 200]
    columns = {name: np.random.default_rng(i).normal(size=9).tolist() for i, name in enumerate([*names, "y"])}
    tags = list(read_back(kept_of(tmp_path, columns, epochs=2), tmp_path / "logs"))
    assert tags == ["cost", "above_least_squares", "learning_rate", "b", *(f"w/{name}" for name in names)]


def test_a_single_epoch_is_a_point(tmp_path: Path) -> None:
    assert read_back(kept(tmp_path, epochs=0), tmp_path / "logs")["cost"] == rounded([5 / 3])


def test_it_says_where_another_run_lies_in_the_same_folder(tmp_path: Path) -> None:
    run = kept(tmp_path, epochs=2)
    assert write_events(tmp_path / "one.tfevents", run) == "3 of 3 epochs"
    assert write_events(tmp_path / "one.tfevents", run) == "3 of 3 epochs"
    assert "all files of a folder for one run" in write_events(tmp_path / "two.tfevents", run)


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    run = kept(tmp_path, "houses", epochs=5)
    paths = tmp_path / "one.tfevents", tmp_path / "two.tfevents"
    for path in paths:
        write_events(path, run)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_name_that_tensorboard_would_pass_over_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match=r"not find run\.TFEVENTS: write \.tfevents in small letters"):
        write_events(tmp_path / "run.TFEVENTS", kept(tmp_path, epochs=2))
    assert not (tmp_path / "run.TFEVENTS").exists()


def test_neither_torch_nor_tensorflow_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = kept(tmp_path, epochs=2)
    for name in ("torch", "torch.utils", "torch.utils.tensorboard", "tensorflow"):
        monkeypatch.setitem(sys.modules, name, None)
    assert write_events(tmp_path / "run.tfevents", run) == "3 of 3 epochs"


def test_without_tensorboard_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(LinregError, match=r"needs TensorBoard: pip install 'linreg-tui\[tensorboard\]'\.$"):
        write_events(tmp_path / "run.tfevents", kept(tmp_path, epochs=2))
    assert not (tmp_path / "run.tfevents").exists()
