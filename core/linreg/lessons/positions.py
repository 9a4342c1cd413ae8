"""On which line of a TOML file something stands, which its parser does not tell."""

import re

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*([\w.\"'\- ]+?)\s*=")
Place = tuple[str | int, ...]


def line_of(text: str, place: Place) -> int:
    """Return the line, from 1, of the value at `place`, or of the nearest thing around it that has a line.

    Parameters
    ----------
    place
        Keys, and the numbers of tables in their arrays from 0: ``("steps", 2, "ask", "within")``.
    """
    best, at, counts = (0, 1), (), {}  # type: tuple[int, int], Place, dict[str, int]
    quote = ""
    for number, line in enumerate(text.splitlines(), 1):
        if quote:
            quote = "" if line.count(quote) % 2 else quote
            continue
        here = at
        if header := _HEADER.match(line):
            name = header[2]
            if header[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
            at = here = _numbered(_split(name), counts)
        elif key := _KEY.match(line):
            here = (*at, *_split(key[1]))
        else:
            continue
        if _is_around(here, place) and len(here) > best[0]:
            best = (len(here), number)
        elif place == here[: len(place)] and len(place) > best[0]:
            best = (len(place), number)
        quote = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
    return best[1]


def _split(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))


def _numbered(path: tuple[str, ...], counts: dict[str, int]) -> Place:
    """Put the number of the present table after the name of each array of tables."""
    numbered: list[str | int] = []
    for index, part in enumerate(path, 1):
        numbered.append(part)
        name = ".".join(path[:index])
        if name in counts:
            numbered.append(counts[name])
    return tuple(numbered)


def _is_around(here: Place, place: Place) -> bool:
    return here == place[: len(here)]
