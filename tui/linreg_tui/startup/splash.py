"""The first thing on the screen: what will run, before the libraries that draw everything else are even imported.

Those take half a second, a good deal more on a cold disk, and an empty screen does not say that it heard. The line is
the one that the status lines begin with, so nothing jumps when they take over. Keys that are pressed meanwhile are not
echoed; the app answers them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from linreg.recipe import Recipe
from linreg.text import shortened
from linreg_tui.term.terminal import echo_off, echo_on

ENTER, LEAVE = "\x1b[?1049h\x1b[2J\x1b[H", "\x1b[?1049l"
"""To the alternate screen and back: whoever draws next enters it again, which does no harm."""
TERMINAL = 2


@contextmanager
def opening(recipe: Recipe, *, ascii_only: bool = False) -> Iterator[None]:
    """Show the line while the rest is imported; take the screen back only if that fails."""
    echo_off()
    with suppress(OSError):
        os.write(TERMINAL, (ENTER + line(recipe, os.get_terminal_size(TERMINAL).columns, ascii_only)).encode())
    try:
        yield
    except BaseException:
        with suppress(OSError):
            os.write(TERMINAL, LEAVE.encode())
        echo_on()
        raise


def line(recipe: Recipe, width: int, ascii_only: bool = False) -> str:
    """Say what will run, in `width` cells: the data's name, the optimizer, that it loads."""
    data = "standard input" if recipe.data == "-" else shortened(Path(recipe.data).stem or recipe.data, 24)
    left, right = f" linreg   {data}   {shortened(recipe.optimizer, 16)}", "LOADING" if ascii_only else "⋯ LOADING"
    room = width - len(right) - 2
    return f"{left:<{room}} {right}" if len(left) <= room else left[: max(0, width - 1)]
