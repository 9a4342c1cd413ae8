"""Mutants that change nothing that anybody could see, each with the reason."""

EQUIVALENT: dict[tuple[str, str, str], str] = {}
"""By file, the lines as they are, and as they become."""
