"""The screen of all runs that are kept."""
