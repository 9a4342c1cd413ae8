"""Dark, light, and the terminal's own sixteen colours. One accent; red and yellow only where something is wrong."""

from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="linreg-dark",
    primary="#7aa2c8",
    secondary="#8a93a5",
    accent="#5ec4d6",
    warning="#e0b15a",
    error="#ef7a76",
    success="#8cc474",
    foreground="#d4d8de",
    background="#0f1216",
    surface="#151a20",
    panel="#1d242c",
    dark=True,
)
LIGHT = Theme(
    name="linreg-light",
    primary="#2f5f8f",
    secondary="#5b6472",
    accent="#00687a",
    warning="#8a5a00",
    error="#b3261e",
    success="#2e6b1f",
    foreground="#1d2126",
    background="#fafafa",
    surface="#f1f2f4",
    panel="#e4e7ea",
    dark=False,
)
THEMES = (DARK, LIGHT)
ANSI = next(name for name in BUILTIN_THEMES if "ansi" in name)  # "textual-ansi" up to Textual 8.2.3
NAMES = {"dark": DARK.name, "light": LIGHT.name, "ansi": ANSI}
"""What ``--theme`` takes, and the name it has in Textual."""
