"""Lessons on the monitor: a strip of words above the panels, and the list of all lessons."""
