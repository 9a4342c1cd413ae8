"""Numbers to words, by pure functions."""
