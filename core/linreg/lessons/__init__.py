"""Lessons on gradient descent that ask first, show then, and know the answer because they run the engine.

Their texts, a TOML file a lesson in `texts/`, lie here and not beside the screen that shows them: ``linreg learn``
lists, reads and rehearses them without one, and the core knows nothing of the screen's package.
"""
