"""The panels, one a file, named by what it shows."""
