"""What is kept of runs: SQLite and checkpoints, what was trained, how it went, how it ended."""
