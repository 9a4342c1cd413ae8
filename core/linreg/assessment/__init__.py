"""What a recipe's fit is worth, from its rows: its summary, diagnostics, ridge path, errors elsewhere."""
