"""The ways to run the same epochs: the lecture's loop, and two that are faster where they serve."""
