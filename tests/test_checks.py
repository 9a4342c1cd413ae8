"""The checks that are not tests of behaviour: style, types, and the boundaries between packages."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--quiet"],
        ["ruff", "format", "--check", "--quiet"],
        ["mypy"],
        ["lint-imports"],
    ],
    ids=["ruff check", "ruff format", "mypy --strict", "import contracts"],
)
def test_the_check_passes(command: list[str]) -> None:
    done = subprocess.run([str(BIN / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_room_is_crowded() -> None:
    """Up to 16 modules are found at a glance; what does not fit wants a room of its own."""
    folders = {path.parent for room in ("core", "tui", "tests") for path in (ROOT / room).rglob("*.py")}
    n_modules = {folder: sum(path.name != "__init__.py" for path in folder.glob("*.py")) for folder in folders}
    assert {str(folder): n for folder, n in n_modules.items() if n > 16} == {}
