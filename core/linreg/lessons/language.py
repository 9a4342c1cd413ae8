"""In which language lessons speak: the one that is asked for, else that of the locale, else English."""

from collections.abc import Mapping

from linreg.errors import LinregError
from linreg.lessons.lesson import LANGUAGES
from linreg.text import shortened


def language_of(asked: str | None, environment: Mapping[str, str], *, ascii_only: bool = False) -> str:
    """Choose the language; where only ASCII can be drawn, English.

    Raises
    ------
    LinregError
        There are no lessons in the language that is asked for, or it cannot be drawn.
    """
    if ascii_only and (asked or "en").lower() in LANGUAGES[1:]:
        raise LinregError(f"--lang {shortened(str(asked))} cannot be drawn in ASCII: leave it out, or give --no-ascii.")
    if ascii_only and asked is None:
        return LANGUAGES[0]
    if asked is not None:
        if asked.lower() not in LANGUAGES:
            raise LinregError(f"--lang takes one of {', '.join(LANGUAGES)}, not {shortened(repr(asked))}.")
        return asked.lower()
    locale = next((environment[key] for key in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(key)), "")
    word = locale.partition("_")[0].partition(".")[0].lower()
    return word if word in LANGUAGES else LANGUAGES[0]
