"""A run that is steered while it goes: its state, its control, its pace, its way back. No disk, no socket."""
