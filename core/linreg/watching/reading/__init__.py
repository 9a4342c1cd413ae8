"""The tensors that a script trains, read between two of its steps at next to no cost."""
