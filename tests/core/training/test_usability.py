"""What is refused before any row is read, and what that waits for."""

import subprocess
import sys
from pathlib import Path

import pytest

from linreg import LinregError, Recipe
from linreg.training.usability import require_usable

MODULE = """
from torch import nn
from torch.nn import Linear as Imported


class Own(nn.Module):
    pass


Assigned = Own
"""


@pytest.mark.parametrize("name", ["Own", "Imported", "Assigned"])
def test_a_class_that_the_file_gives_is_not_refused_and_the_file_is_not_run(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.py"
    path.write_text(MODULE + "\nraise SystemExit('it was run')\n")
    require_usable(Recipe(module=f"{path}:{name}"))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("class Other:\n    pass\n", "no class 'Model'"),
        ("class Model(:\n", "line 1: SyntaxError"),
        (None, "cannot read"),
    ],
)
def test_a_module_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path, written: str | None, words: str) -> None:
    path = tmp_path / "model.py"
    if written is not None:
        path.write_text(written)
    with pytest.raises(LinregError, match=words):
        require_usable(Recipe(module=f"{path}:Model"))


def test_plain_descent_waits_for_no_torch() -> None:
    program = (
        "import sys; from linreg.recipe import Recipe; from linreg.training.usability import require_usable;"
        "require_usable(Recipe(options={'momentum': 0.9}));"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
