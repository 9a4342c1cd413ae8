"""A run seen and steered from another process: server, client, and what they say to each other."""
