"""The ways to run the same epochs: the lecture's loop, and three that are faster where they serve."""
