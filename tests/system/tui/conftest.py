"""A machine that is reached over SSH, for all tests of the screen there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from processes.sshd import running_sshd


@pytest.fixture
def login(tmp_path: Path) -> Iterator[str]:
    """Yield the command that logs in."""
    with running_sshd(tmp_path) as command:
        yield command
