"""The training monitor: shows a run of linreg live in a terminal, and hands keys to it."""
