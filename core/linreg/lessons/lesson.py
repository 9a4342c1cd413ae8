"""A lesson as plain values: steps of a few sentences each, some of which ask something of the run beside them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from linreg.recipe import Recipe

LANGUAGES = ("en", "ko")
Text = Mapping[str, str]
"""The same words by language; ``""`` is for all of them."""

KEYS = ("n", "N", "space", "+", "-", "r")
"""What a step may ask to be pressed: one epoch, ten, run to the end, the rate up, the rate down, from the start."""

MEASURES: Mapping[str, frozenset[str]] = {
    "parameter": frozenset({"name", "after", "learning_rate", "within"}),
    "gradient": frozenset({"name", "within"}),
    "cost": frozenset({"after", "learning_rate", "within"}),
    "limit": frozenset({"within"}),
    "condition": frozenset({"within"}),
    "factor": frozenset({"learning_rate", "within"}),
    "optimum": frozenset({"name", "within"}),
    "least": frozenset({"within"}),
    "epochs": frozenset({"to", "learning_rate", "within"}),
    "end": frozenset({"within"}),
    "errors": frozenset({"after", "within"}),
    "outcome": frozenset({"learning_rate"}),
    "winner": frozenset({"racers", "after"}),
    "sign": frozenset({"name"}),
    "place": frozenset({"after", "within"}),
}
"""What can be asked, and what may be said about each."""

CHOICES, SIGNS, PLACES = frozenset({"outcome", "winner"}), frozenset({"sign"}), frozenset({"place"})
NAMED = frozenset(name for name, keys in MEASURES.items() if "name" in keys)
LOOKED_AT = 12
"""Epochs by which a learning rate is judged."""
OUTCOMES = ("converges", "swings", "diverges")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to be foretold, and how it is found out.

    Attributes
    ----------
    of
        One of `MEASURES`: ``parameter``, ``cost``, ``place`` and ``errors`` (standard errors to go) after so many
        epochs more, ``gradient`` and ``sign`` (of the next step) where the run stands, ``limit``, the largest stable
        learning rate, ``factor`` of the steepest error in an epoch, ``condition``, ``optimum``, ``least`` cost,
        ``epochs`` until the excess cost is a part `to` of the least cost, ``end``, the epoch at which the recipe stops,
        ``outcome`` of a learning rate, ``winner`` of some racers.
    name
        Which parameter: a feature, ``w`` where there is one feature, or ``b``.
    after
        Epochs from where the run stands; for a winner, from the start.
    learning_rate
        The rate of the epochs to come; None: as it stands.
    to
        The excess cost that is sought, relative to the least cost.
    racers
        What each of those who race changes in the recipe.
    within
        How far off an answer may be, as a part of the true one.
    """

    of: str
    name: str = ""
    after: int = 1
    learning_rate: float | None = None
    to: float = 1e-6
    racers: tuple[Mapping[str, Any], ...] = ()
    within: float = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stop of a lesson.

    Attributes
    ----------
    say
        Its words, with ``{NAME}`` in the place of each of the `numbers`.
    recipe
        What the run beside it trains.
    is_anew
        Whether that begins anew when the step is come to; else the run stays where it stands.
    numbers
        What is worked out for the words, from the recipe's start.
    press
        What it asks to be pressed; nothing depends on it but the check of a lesson.
    question
        What it asks; None for a step that tells.
    """

    say: Text
    recipe: Recipe
    is_anew: bool = False
    numbers: Mapping[str, Question] = field(default_factory=dict)
    press: tuple[str, ...] = ()
    question: Question | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """About five minutes on one idea.

    Attributes
    ----------
    name
        As its file is called.
    origin
        The file.
    """

    name: str
    title: Text
    minutes: int
    steps: tuple[Step, ...]
    origin: str = ""


def in_language(text: Text, language: str) -> str:
    """Return the words in a language, or in the one that there is."""
    return next(text[key] for key in (language, "", "en", *text) if key in text)
