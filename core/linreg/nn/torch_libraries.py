"""Torch's own libraries, loaded so that other threads run on meanwhile.

``import torch`` holds the interpreter's lock while the system links some hundreds of megabytes, and a screen that is
drawn by another thread stands still for as long. `ctypes` lets go of the lock for that; the import finds them linked.
"""

import ctypes
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

_LIBRARIES = ("c10", "torch_cpu", "torch", "torch_python")


def load() -> None:
    """Link them, unless torch is there already; where one cannot be found, ``import torch`` is to say why."""
    found = None if "torch" in sys.modules else find_spec("torch")
    if found is None or found.origin is None or sys.platform == "win32":
        return
    ending = "dylib" if sys.platform == "darwin" else "so"
    for name in _LIBRARIES:
        with suppress(OSError):
            ctypes.CDLL(str(Path(found.origin).parent / "lib" / f"lib{name}.{ending}"))
