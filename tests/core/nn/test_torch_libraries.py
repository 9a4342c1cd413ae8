"""Torch's libraries: linked while other threads run on."""

import shutil
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest

from linreg.nn.torch_libraries import link

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no dlopen")
_SLOW = """
#include <unistd.h>
__attribute__((constructor)) static void slow(void) { usleep(300000); }
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_other_threads_run_on_while_a_library_is_linked(tmp_path: Path) -> None:
    source, library = tmp_path / "slow.c", tmp_path / "slow.so"
    source.write_text(_SLOW)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    began, turns = Event(), 0
    linked: list[bool] = []

    def linking() -> None:
        began.set()
        linked.append(link(library))

    thread = Thread(target=linking)
    thread.start()
    began.wait()
    while thread.is_alive():
        thread.join(0.001)
        turns += 1
    assert linked == [True]
    assert turns > 10, "the interpreter's lock was held while the library was linked"


def test_a_library_that_is_not_there_is_left_to_the_import(tmp_path: Path) -> None:
    assert not link(tmp_path / "none.so")
