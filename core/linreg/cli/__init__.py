"""The plain command: ``linreg``."""
