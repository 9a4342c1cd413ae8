"""A run on a thread of its own: how it starts, how one that was left goes on, and who looks on."""
