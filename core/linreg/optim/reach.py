"""How far an optimizer can come that divides the gradient by its own size: about its learning rate a step, no more.

Adam at 0.001 has moved a parameter by 1 after a thousand steps, however far the answer is. So a rate has to go by the
way there: `_TIMES` that way in all, so that there are steps left to settle in. Adagrad's steps shrink with the root of
their number. The factors are those at which each has settled on well-conditioned least squares: to the last digits, but
for RMSprop, which goes on about the answer by as much as a step, and NAdam, whose momentum may swing.
"""

from math import ceil, floor, log10, sqrt

_TIMES = {"adam": 10.0, "adamw": 10.0, "adamax": 10.0, "sparseadam": 10.0, "nadam": 6.0, "rmsprop": 2.0}
_FEWEST = 100
_TIMES_OF_ROOT = {"adagrad": 3.2}


def rate_to_reach(optimizer: str, distance: float, n_steps: int) -> float | None:
    """Return a learning rate, of two digits, that moves a parameter `distance` and lets it settle, in `n_steps`.

    None of an optimizer whose steps grow with the gradient, and in fewer steps than anything settles in.
    """
    if n_steps < _FEWEST:
        return None
    name = optimizer.lower()
    if name in _TIMES:
        return _rounded_up(_TIMES[name] * distance / n_steps)
    return _rounded_up(_TIMES_OF_ROOT[name] * distance / sqrt(n_steps)) if name in _TIMES_OF_ROOT else None


def steps_to_reach(optimizer: str, distance: float, learning_rate: float) -> float | None:
    """Return in how many steps, a number of two digits, this learning rate does so; None likewise."""
    name = optimizer.lower()
    if name in _TIMES:
        return _rounded_up(_TIMES[name] * distance / learning_rate)
    return _rounded_up((_TIMES_OF_ROOT[name] * distance / learning_rate) ** 2) if name in _TIMES_OF_ROOT else None


def _rounded_up(number: float) -> float:
    if number <= 0:
        return 0.0
    unit = 10.0 ** (floor(log10(number)) - 1)
    return float(f"{ceil(number / unit * (1 - 1e-12)) * unit:.2g}")
