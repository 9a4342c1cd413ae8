"""What a fit is worth, from the rows that a recipe names: its summary, diagnostics, ridge path, errors elsewhere."""
