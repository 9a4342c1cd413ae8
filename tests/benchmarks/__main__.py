"""Measure linreg against its rivals and print one table: ``python tests/benchmarks [NAME …] [--quick] [--list]``.

Every figure is a ratio to a rival in the same run (`measuring.py` says how). The full sizes take about forty minutes
and 8 GB of the temporary folder's disk; --quick takes two or three, but the goals are those of the full sizes.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the modules beside this folder and the folder as a package

from benchmarks import accuracy, engines, files, growth, memory, minibatch, moments, ranks, startup, wide, worth
from benchmarks.machine import machine
from benchmarks.measuring import COMPARISON_HEADER, COMPARISON_WIDTHS, table_head, table_line
from benchmarks.watching import recording, scripts, tui

COMPARISONS = {
    "startup": startup.measure,
    "engines": engines.measure,
    "minibatch": minibatch.measure,
    "moments": moments.measure,
    "files": files.measure,
    "worth": worth.measure,
    "wide": wide.measure,
    "accuracy": accuracy.measure,
    "memory": memory.measure,
    "ranks": ranks.measure,
    "recording": recording.measure,
    "scripts": scripts.measure,
}
GROWTH = {"growth": growth.grow}
SCREENS = {"tui": tui.watch}


def main() -> None:
    """Run the benchmarks that were named, or all."""
    benchmarks = COMPARISONS | GROWTH | SCREENS
    parser = argparse.ArgumentParser(prog="python tests/benchmarks", description="Measure linreg against its rivals.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these, of {', '.join(benchmarks)}")
    parser.add_argument("--quick", action="store_true", help="small sizes, a few minutes in all: to see that it works")
    parser.add_argument("--list", action="store_true", help="say what each benchmark measures")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in benchmarks]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(benchmarks)}")
    if arguments.list:
        for name, benchmark in benchmarks.items():
            print(f"{name:10} {benchmark.__doc__}")
        return
    _run(arguments.names or list(benchmarks), arguments.quick)


def _run(names: list[str], quick: bool) -> None:
    print(f"{machine()}\n", flush=True)
    comparisons = [name for name in COMPARISONS if name in names]
    if comparisons:
        print(table_head(COMPARISON_HEADER, COMPARISON_WIDTHS), flush=True)
    for name in comparisons:
        for comparison in COMPARISONS[name](quick):
            print(table_line(comparison.cells(), COMPARISON_WIDTHS), flush=True)
    if "growth" in names:
        print(f"\nHow cost grows\n\n{table_head(growth.GROWTH_HEADER, growth.GROWTH_WIDTHS)}", flush=True)
        for cost in growth.grow(quick):
            print(table_line(cost.cells(), growth.GROWTH_WIDTHS), flush=True)
    if "tui" in names:
        print(f"\nThe app in a terminal\n\n{table_head(tui.TUI_HEADER, tui.TUI_WIDTHS)}", flush=True)
        for finding in tui.watch(quick):
            print(table_line(finding.cells(), tui.TUI_WIDTHS), flush=True)


if __name__ == "__main__":
    main()
