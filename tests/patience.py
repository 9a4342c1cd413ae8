"""How long tests wait for what must come."""

PATIENCE = 300.0
"""Seconds, many: where it comes, they cost nothing; and a machine that has other things to do may need them."""
