"""Lessons on gradient descent that ask first, show then, and know the answer because they run the engine."""
