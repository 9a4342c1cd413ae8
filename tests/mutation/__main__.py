"""Test the tests: ``python tests/mutation [N] [--seed SEED] [--only TEXT …]``, N random slips in the core.

Each is made in a copy of the tree, and the tests of its own room that come by must fail; those that pass are shown, and
the share of those that fall is printed in the end. Those that change nothing that anybody could see are named in
`equivalent.py`. It needs Cosmic Ray and coverage (``uv run --with cosmic-ray --with coverage``), and an hour or so. A
slip may delete what it should not: run it as somebody who owns nothing of worth.
"""

import argparse
import shutil
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the folder as a package

from mutation.equivalent import why_equivalent
from mutation.mutants import Mutant, drawn
from mutation.reach import Reach, measured
from mutation.trial import import_heavy, survives

ROOMS = ("data", "numerics", "engines", "history", "live", "store")


def main() -> int:
    """Draw the mutants, try each, and print what became of them."""
    parser = argparse.ArgumentParser(prog="python tests/mutation", description="Test the tests with mutants.")
    parser.add_argument("n_mutants", nargs="?", type=int, default=300, metavar="N")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[""], metavar="TEXT", help="of them, those whose place has it")
    chosen = parser.parse_args()
    import_heavy()
    with TemporaryDirectory(prefix="mutation") as folder:
        tree = Path(folder, "tree")
        _copy(tree)
        all_drawn = drawn(tree, [f"core/linreg/{room}" for room in ROOMS], chosen.n_mutants, chosen.seed)
        mutants = [mutant for mutant in all_drawn if any(text in mutant.where for text in chosen.only)]
        rooms = [room for room in ROOMS if any(_room(mutant) == room for mutant in mutants)]
        seen = {room: _measured(tree, room, Path(folder, f"{room}.log")) for room in rooms}
        ends: Counter[tuple[str, str]] = Counter()
        for number, mutant in enumerate(mutants, 1):
            end = _tried(tree, mutant, seen[_room(mutant)], f"{number:3} of {len(mutants)}", Path(folder, "trial.log"))
            ends[_room(mutant), end] += 1
    _print_shares(ends)
    return 0


def _room(mutant: Mutant) -> str:
    return Path(mutant.path).parts[2]


def _copy(tree: Path) -> None:
    ignored = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "dist", "build")
    shutil.copytree(Path(__file__).parents[2], tree, ignore=ignored)


def _measured(tree: Path, room: str, log: Path) -> Reach:
    reach = measured(tree, room, log)
    _say(f"{room}: {len(reach.seconds):,} tests, {sum(reach.seconds.values()):.0f} s while watched")
    for name in sorted(reach.failing):
        _say(f"  left out, for it fails as it is: {name}")
    return reach


def _tried(tree: Path, mutant: Mutant, reach: Reach, number: str, log: Path) -> str:
    """Try a mutant, say what became of it, and return that as a word."""
    names = reach.tests(mutant.path, mutant.lines)
    path, started = tree / mutant.path, time.monotonic()
    original = path.read_text(encoding="utf-8")
    path.write_text(mutant.source, encoding="utf-8")
    try:
        lives = not names or survives(tree, {name: reach.seconds[name] for name in names}, log)
    finally:
        path.write_text(original, encoding="utf-8")
    reason = why_equivalent(mutant.path, mutant.was, mutant.becomes)
    end = "dies" if not lives else "lives" if reason is None else "equivalent"
    _say(f"{number} {end:10} {mutant.where}  ({len(names)} tests, {time.monotonic() - started:.1f} s)")
    if lives:
        _say(mutant.change if reason is None else f"{mutant.change}\n  {reason}")
    return end


def _print_shares(ends: Counter[tuple[str, str]]) -> None:
    for room in (*ROOMS, ""):
        dies, lives, same = (
            sum(count for (there, word), count in ends.items() if word == end and room in ("", there))
            for end in ("dies", "lives", "equivalent")
        )
        if total := dies + lives + same:
            _say(
                f"{room or 'all':9} {total:4} mutants: {dies} die, {lives} live, {same} are equivalent: "
                f"{dies / total:.1%} of all, {dies / max(1, dies + lives):.1%} of those that differ"
            )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
