"""The tails of t and of the normal distribution are scipy's, whose import takes a third of a second.

A command waits for that. A screen does not: it has them loaded on a thread, and draws what needs them once they are
there.
"""

import sys


def load() -> None:
    """Import what knows the tails."""
    import scipy.special  # noqa: F401


def are_loaded() -> bool:
    """Whether they can be asked for at once; while another thread imports them, an import would wait for that one."""
    module = sys.modules.get("scipy.special")
    return module is not None and not getattr(module.__spec__, "_initializing", False)
