"""A line of text to type in, whatever is pasted into it."""

from textual.widgets import Input

from linreg.text import safe


class SafeInput(Input):
    """A line of text in which no control character stays: Textual would send it to the terminal as it is."""

    def validate_value(self, value: str) -> str:
        """Make it safe, however it came."""
        return safe(value)
