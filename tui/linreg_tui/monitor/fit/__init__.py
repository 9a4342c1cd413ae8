"""What the picture of the data shows: the rows with the model through them, what is left over, and a hand on them."""
