"""``linreg runs export``: what a user types, what comes back, and the file."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from linreg.cli.app import run_command_line


def said(capsys: pytest.CaptureFixture[str], *arguments: object, status: int = 0) -> tuple[str, str]:
    assert run_command_line([str(argument) for argument in arguments]) == status
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_a_file_of_each_kind_is_written_and_told_of_on_standard_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said(capsys, "run", "exercise1", "--epochs", "1234", "--name", "night", "-q")
    for name in ("night.csv", "night.svg", "night.png", "night.tfevents"):
        assert said(capsys, "runs", "export", "night", tmp_path / name) == (
            "",
            f"{tmp_path / name}: 1,235 of 1,235 epochs\n",
        )
    path = tmp_path / "night.onnx"
    assert said(capsys, "runs", "export", "latest", path) == ("", f"{path}: the model after epoch 1,234\n")
    assert ElementTree.parse(tmp_path / "night.svg").getroot().get("viewBox") == "0 0 792 316.8"
    with Image.open(tmp_path / "night.png") as image:
        assert image.size == (1760, 704)


def test_a_run_that_diverged_is_exported_like_any_other(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    said(capsys, "run", "houses", "--no-standardize", "--lr", "0.001", "--name", "wild", "-q", status=3)
    for extension in ("svg", "png", "tfevents", "onnx"):
        said(capsys, "runs", "export", "wild", tmp_path / f"wild.{extension}")
    texts = ["".join(text.itertext()) for text in ElementTree.parse(tmp_path / "wild.svg").iter() if "text" in text.tag]
    assert any("diverged at epoch" in text for text in texts)
    assert "60 of 60 rows are outside" in texts


@pytest.mark.parametrize(("module", "extension"), [("onnx", "onnx"), ("tensorboard", "tfevents")])
def test_a_package_that_is_missing_is_one_sentence_with_what_to_type(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, extension: str
) -> None:
    said(capsys, "run", "exercise1", "--epochs", "3", "--record", "-q")
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    path = tmp_path / f"run.{extension}"
    out, complaint = said(capsys, "runs", "export", "latest", path, status=2)
    assert (out, path.exists()) == ("", False)
    assert complaint.startswith("linreg: ")
    assert complaint.count("\n") == 1
    assert f"pip install 'linreg-tui[{module}]'" in complaint


def test_a_module_of_the_user_s_own_has_a_picture_and_no_onnx_model(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said(capsys, "run", "quiz1-module", "--name", "mine", "-q")
    said(capsys, "runs", "export", "mine", tmp_path / "mine.svg")
    complaint = said(capsys, "runs", "export", "mine", tmp_path / "mine.onnx", status=2)[1]
    assert "torch.onnx.export" in complaint
    assert [path.name for path in tmp_path.iterdir()] == ["mine.svg"]
