"""One parsing of the style sheets for all apps: each would parse the same ones when it starts, and at each theme."""

from collections.abc import Hashable, Iterator
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from linreg.statistics import tails


@pytest.fixture(scope="session", autouse=True)
def _tails_loaded() -> None:
    """Have bands drawn from the first picture on: on a screen they come as soon as a library is imported."""
    tails.load()


@pytest.fixture(scope="session", autouse=True)
def _style_sheets_parsed_once() -> Iterator[None]:
    parsed: dict[Hashable, list[RuleSet]] = {}
    parse_rules = Stylesheet._parse_rules

    def parse_once(self: Stylesheet, css: str, read_from: Any, *options: Any, **named: Any) -> list[RuleSet]:
        key = css, read_from, options, *named.items(), tuple(self._variables.items())
        if key not in parsed:
            parsed[key] = parse_rules(self, css, read_from, *options, **named)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Stylesheet, "_parse_rules", parse_once)
        yield
