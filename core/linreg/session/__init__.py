"""A run on a thread of its own: how it starts, how it is taken up again, and who looks on."""
