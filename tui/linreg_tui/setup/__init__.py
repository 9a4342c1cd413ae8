"""The screen where a run is set up: the data, and how to train on them."""
