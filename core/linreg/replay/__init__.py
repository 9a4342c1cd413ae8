"""A recorded run played back, as if it ran."""
