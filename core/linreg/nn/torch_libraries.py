"""Torch's own libraries, loaded so that other threads run on meanwhile.

``import torch`` holds the interpreter's lock while the system links some hundreds of megabytes, and a screen that is
drawn by another thread stands still for as long. So does `ctypes.CDLL`; but `ctypes` lets go of the lock while it calls
a foreign function, and the system's own ``dlopen`` is one. The import then finds the libraries linked.
"""

import ctypes
import os
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
    with suppress(AttributeError):  # a system without it: the import links them
        for name in _LIBRARIES:
            link(Path(found.origin).parent / "lib" / f"lib{name}.{ending}")


def link(library: Path) -> bool:
    """Link a library while other threads run on, and say whether it was found; it stays for as long as the process."""
    opening = ctypes.CDLL(None).dlopen
    opening.argtypes, opening.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    return opening(os.fsencode(library), os.RTLD_NOW) is not None
