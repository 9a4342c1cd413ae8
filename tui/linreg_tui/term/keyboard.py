"""Keys and mouse as they come from a terminal, until it ends: a terminal that is gone is at its end for ever."""

import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Iterator
from contextlib import suppress
from threading import Event

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.message import Message

TICK = 0.1
"""Seconds until a lone escape is taken for the key, and until it is noticed that no more is to be read."""
MOST = 4096
"""Bytes that are read at once."""


def messages(descriptor: int, no_more: Event, *, debug: bool = False) -> Iterator[Message]:
    """Read messages from a terminal until it is at its end, or no more are wanted."""
    parser, decode = XTermParser(debug), getincrementaldecoder("utf-8")("replace").decode
    with selectors.SelectSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while not no_more.is_set():
            if selector.select(TICK):
                try:
                    data = os.read(descriptor, MOST)
                except BlockingIOError:  # another reader was faster
                    continue
                except OSError:
                    break
                if not data:
                    break
                yield from parser.feed(decode(data))
            yield from parser.tick()
    with suppress(EOFError, ParseError):
        for _ in parser.feed(""):  # what was begun is nothing now
            pass
