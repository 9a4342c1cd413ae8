"""A training loop that somebody else wrote, watched as it stands: its steps, its cost, and how far it is from exact."""
