"""The way to the terminal: only cells that changed, in few bytes, never waiting for ever."""
