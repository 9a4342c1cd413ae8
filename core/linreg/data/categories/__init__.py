"""Columns that are read as categories: which those are, their levels, and their texts as the numbers of these."""
