"""A run that is steered while it goes: state, control, pace, way back, rows changed by hand. No store, no socket."""
