"""The training monitor's screen: one run, its status, its keys."""
