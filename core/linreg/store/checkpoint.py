"""A run put aside so that it can be taken up again, by another process, as if it had never stopped.

One file holds everything, so that it is there whole or not at all. A new one is written under a third name first; only
then does the current one become the previous one, and the new one current. Whatever moment a machine stops at, the
newest whole one is found by looking at the three names in that order. Loading reads numbers and text and never runs
code.

There is no random state beside the engine's own: the order of an epoch's rows, and whatever a module draws, follow
from the seed and the epoch.
"""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from stat import S_ISREG

from linreg.errors import LinregError
from linreg.files.atomic import write_atomically
from linreg.files.home import own_folder
from linreg.files.sealed import OtherKindError, SealError
from linreg.live.checkpoint import Checkpoint
from linreg.text import safe
from linreg.version import DISTRIBUTION

NEW, CURRENT, PREVIOUS = (f"checkpoint{part}.safetensors" for part in (".new", "", ".previous"))


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A checkpoint, and the sentence to tell whoever resumes it; empty where all is well."""

    checkpoint: Checkpoint
    notice: str = ""


class UnrecordedError(LinregError):
    """All checkpoints are further than what is recorded of their run, or of another future of it."""


def save(folder: Path, checkpoint: Checkpoint) -> int:
    """Put a checkpoint into a run's own folder, beside the one before; return how many bytes it takes.

    The folder is made if it is not there.

    Raises
    ------
    LinregError
        It cannot be written. Those that are there are untouched.
    """
    content = checkpoint.content()
    own_folder(folder)
    new, current = folder / NEW, folder / CURRENT
    # The new one is whole and on the disk before either rename: between the two there is no file called CURRENT, and
    # `load`, which looks for NEW first, finds it all the same. Renaming straight onto CURRENT would leave one copy
    # only, and a disk that damages that one would have it all.
    write_atomically(new, lambda file: file.write(content))
    try:
        with contextlib.suppress(FileNotFoundError):  # the first checkpoint has none before it
            os.replace(current, folder / PREVIOUS)
        os.replace(new, current)
    except OSError as problem:
        raise LinregError(f"cannot write {safe(str(current))}: {problem.strerror}.") from None
    return len(content)


def load(folder: Path, bears_out: Callable[[Checkpoint], bool] = lambda _: True) -> Loaded:
    """Read the newest whole checkpoint of a run.

    Parameters
    ----------
    bears_out
        Whether what is recorded of the run leads to a checkpoint; one that it does not lead to is passed over.

    Raises
    ------
    UnrecordedError
        There are whole ones, but what is recorded leads to none of them.
    LinregError
        There is none, or none that is whole.
    """
    where, faults, n_whole = safe(str(folder)), [], 0
    for name in (NEW, CURRENT, PREVIOUS):  # from the newest on, whichever of the renames was the last
        try:
            checkpoint = Checkpoint.of_content(_content(folder / name))
        except FileNotFoundError:
            continue
        except OtherKindError as problem:  # not damage: falling back to an older one would lose epochs without need
            raise LinregError(f"{where}/{name} is of another version of linreg: {safe(str(problem))}.") from None
        except (OSError, SealError) as problem:
            faults.append(f"{name}: {getattr(problem, 'strerror', None) or safe(str(problem))}")
            continue
        if not bears_out(checkpoint):
            faults.append(f"{name}: what is recorded does not lead to its epoch {checkpoint.snapshot.epoch:,}")
            n_whole += 1
        elif not faults:
            return Loaded(checkpoint)
        else:
            wrong = f"{'of no use' if n_whole else 'damaged'} ({'; '.join(faults)})"
            used = f"the one before it is used, of epoch {checkpoint.snapshot.epoch:,}."
            return Loaded(checkpoint, f"the newest checkpoint is {wrong}; {used}")
    if n_whole:
        raise UnrecordedError(f"no checkpoint in {where} is of use ({'; '.join(faults)}).")
    if not faults:
        raise LinregError(f"there is no checkpoint in {where}: the run ended before its first; train it again.")
    raise LinregError(f"no checkpoint in {where} is whole ({'; '.join(faults)}); train the run again.")


def _content(path: Path) -> bytes:
    """Read a file; one that is none, such as a pipe, would be waited for in vain."""
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        if not S_ISREG(os.fstat(file.fileno()).st_mode):
            raise SealError("it is no file")
        return file.read()


def sweep(folder: Path) -> int:
    """Remove what a process that was killed left half-written; return how many files that were.

    Only for a run whose process is gone, or is this one and has not begun to write.
    """
    swept = 0
    for stray in folder.glob(".checkpoint*.safetensors.*"):
        with contextlib.suppress(OSError):
            stray.unlink()
            swept += 1
    return swept


def versions() -> dict[str, str]:
    """Return the versions of the packages that decide the digits, without importing them."""
    found = {}
    for name, distribution in (("linreg", DISTRIBUTION), ("torch", "torch"), ("numpy", "numpy")):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(distribution)
    return found
