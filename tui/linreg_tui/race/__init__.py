"""The screen of a race."""
