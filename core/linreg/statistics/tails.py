"""The tails of t, F and the normal distribution are scipy's, whose import takes a fifth of a second.

A command waits for that. A screen does not: it has them loaded on a thread, and draws what needs them once they are
there.
"""

import sys
from importlib.util import LazyLoader, find_spec, module_from_spec
from types import ModuleType
from typing import Any

_NEVER_ASKED = ("f2py", "testing")
"""What scipy takes from numpy together with all the rest, but never asks: it takes as long to import as scipy."""


def special() -> Any:
    """Return `scipy.special`, imported now if it has not been."""
    if "scipy.special" not in sys.modules:
        for name in _NEVER_ASKED:
            _put_off(f"numpy.{name}")
    import scipy.special

    return scipy.special


def load() -> None:
    """Import what knows the tails."""
    special()


def are_loaded() -> bool:
    """Whether they can be asked for at once; while another thread imports them, an import would wait for that one."""
    module = sys.modules.get("scipy.special")
    return module is not None and not getattr(module.__spec__, "_initializing", False)


def _put_off(name: str) -> None:
    """Have a module of a package that is there imported when something is first asked of it, by whomever."""
    package, _, own = name.rpartition(".")
    spec = None if name in sys.modules else find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = LazyLoader(spec.loader)
    module: ModuleType = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    setattr(sys.modules[package], own, module)
