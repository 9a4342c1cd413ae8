"""A program for tests: train a bundled data set and answer on a socket, until standard input is closed."""

import sys
from math import inf
from pathlib import Path

from linreg.data import bundled
from linreg.remote.server import Server
from linreg.session.session import Session


def main(folder: str, data: str, epochs: str) -> None:
    """Serve it under its own name, paused at the start."""
    recipe = bundled.find(data).changed(epochs=int(epochs))
    with Session(recipe, speed=inf, paused=True) as session, Server(session, Path(folder), data):
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
