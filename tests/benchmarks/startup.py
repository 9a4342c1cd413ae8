"""Whole processes of the command against a process that does nothing but import torch."""

import sys
from collections.abc import Iterator

from benchmarks.measuring import AtMost, Comparison, alternate, process
from command import LINREG


def measure(quick: bool) -> Iterator[Comparison]:
    """Whole processes of the command against `python -c "import torch"`."""
    import_torch = process(sys.executable, "-c", "import torch")
    repeats = 2 if quick else 8
    for arguments, goal in ((["run", "-q", "exercise1"], 1.3), (["--help"], 0.25)):
        ours, rival = alternate(process(*LINREG, *arguments), import_torch, repeats)
        name = f'process: linreg {" ".join(arguments)}: python -c "import torch"'
        yield Comparison(name, ours, rival, AtMost(goal))
