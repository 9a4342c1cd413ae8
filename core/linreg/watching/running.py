"""Running a script with somebody looking on, and nothing else changed."""

import shlex
import sys
from collections.abc import Callable
from contextlib import suppress

from linreg.remote.sockets import sockets_folder
from linreg.watching.ranks import OtherRank, is_other_rank
from linreg.watching.script import OnNan, Script


def run_watched(
    script: Script, *, name: str | None, record: bool, on_nan: OnNan | None, tell: Callable[[str], None]
) -> None:
    """Run it to its end, and raise what it raises; where it cannot be watched it is run all the same.

    Of several processes under torchrun the first is watched: it stands for all, and where it is held the others wait
    for it at their next exchange. A new learning rate reaches them at the same step.

    Parameters
    ----------
    name, record
        What its run is called, and whether it is kept.
    on_nan
        What to do about the first number that is not finite, as `Watched` has it.
    tell
        Takes a line for the user, before the script begins.
    """
    watched = None
    if _has_a_linreg_of_its_own(script):
        tell(
            "linreg: the script has a module linreg of its own, which it would not find beside ours: it is not watched."
        )
        for module in [each for each in sys.modules if each == "linreg" or each.startswith("linreg.")]:
            del sys.modules[module]
    elif is_other_rank():
        with suppress(Exception):
            OtherRank.begin(sockets_folder())
    else:
        with suppress(Exception):
            from linreg.watching.watched import Watched

            watched = Watched(script, name=name, record=record, on_nan=on_nan)
            if watched.notice:
                tell(f"linreg: {watched.notice}")
            if watched.run is not None:
                tell(f"watched as {watched.run.name}: linreg-tui --attach {shlex.quote(watched.run.name)}")
    try:
        script.run()
    except BaseException as problem:
        if watched is not None:
            watched.note_end(problem)
        raise


def _has_a_linreg_of_its_own(script: Script) -> bool:
    """Tell whether an import of linreg would find another module without us: one beside the script."""
    folder = script.folder_of_imports
    try:
        found = (folder / "linreg.py").exists() or (folder / "linreg" / "__init__.py").exists()
    except OSError:
        return False
    return found and not (folder / "linreg" / "watching" / "script.py").exists()
