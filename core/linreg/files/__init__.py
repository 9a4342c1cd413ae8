"""Files that are there whole or not at all, the folder where runs are kept, and values in files."""
