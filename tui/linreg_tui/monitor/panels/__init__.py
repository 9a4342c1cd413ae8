"""The six panels of the monitor, and the words and tables in them."""
