"""Take the pictures of the app, and the film: ``python tests/pictures [NAME …] [--list] [--to FOLDER]``.

Each is what the app itself draws, without a terminal, after the keys that `states.py` has; taken twice, it is the same.
"""

import argparse
import asyncio
import sys
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the modules beside this folder and the folder as a package

from pictures.film import LEARNING
from pictures.states import PICTURES

GITHUB = Path(__file__).parents[2] / ".github"


def main() -> None:
    """Take the pictures that were named, or all."""
    pictures = [LEARNING.picture, *PICTURES]
    names = [picture.name for picture in pictures]
    parser = argparse.ArgumentParser(prog="python tests/pictures", description="Take the pictures of the app.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these, of {', '.join(names)}")
    parser.add_argument("--list", action="store_true", help="say what each picture shows")
    parser.add_argument("--to", type=Path, default=GITHUB, metavar="FOLDER", help="where they go, instead of .github")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in names]
    if unknown:
        parser.error(f"there is no picture {unknown[0]!r}; there are {', '.join(names)}")
    if arguments.list:
        for picture in pictures:
            print(f"{picture.name:15} {picture.title}")
        return
    _take(arguments.names or names, arguments.to)


def _take(names: list[str], folder: Path) -> None:
    from linreg.statistics import tails
    from pictures.taking import take, take_film

    tails.load()  # else what needs them is drawn a moment later
    folder.mkdir(exist_ok=True)
    takes = {LEARNING.picture.name: partial(take_film, LEARNING)}
    takes |= {picture.name: partial(take, picture) for picture in PICTURES}
    for name in names:
        path = folder / f"{name}.svg"
        path.write_text(asyncio.run(takes[name]()))
        print(f"{path.stat().st_size / 1000:5.1f} kB  {path}", flush=True)


if __name__ == "__main__":
    main()
