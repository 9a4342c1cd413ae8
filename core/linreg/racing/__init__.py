"""Several recipes side by side on the same rows."""
