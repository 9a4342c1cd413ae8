"""One true sentence on what each optimizer of torch.optim makes of the gradients."""

from math import isfinite

from linreg.text import safe
from linreg_tui.text.numbers import significant


def words_on(optimizer: str, learning_rate: float) -> str:
    """Describe an optimizer by what it does; one that is not known here only by its name."""
    about = _WORDS.get(optimizer.lower(), "{name} works its step out from the gradients so far.")
    size = f"η = {significant(learning_rate)}" if isfinite(learning_rate) else "η"
    return about.format(name=safe(optimizer), size=size)


_ADAPTED = "{name} divides by the gradient's recent size: each parameter moves by up to about {size}, however small"
_WORDS = {
    "sgd": "{name} steps against the gradient: {size} times its length.",
    "adam": f"{_ADAPTED} its gradient.",
    "adamw": f"{_ADAPTED} its gradient.",
    "sparseadam": f"{_ADAPTED} its gradient.",
    "nadam": f"{_ADAPTED} its gradient, looking one step ahead as Nesterov does.",
    "radam": f"{_ADAPTED} its gradient; in the first steps, before that size is known, it is momentum alone.",
    "adamax": "{name} divides by the largest gradient of late: no parameter moves by much more than {size}.",
    "rmsprop": "{name} divides by the gradient's recent root mean square: a step is about {size}, however small it is.",
    "adagrad": "{name} divides by the root of all squared gradients so far: its rate only falls.",
    "adadelta": "{name} makes each step about as long as the last ones, in the gradient's direction: it starts slowly.",
    "adafactor": "{name} divides by the gradient's recent size, and scales the step by the parameters' own size.",
    "rprop": "{name} looks at the gradient's sign alone: steps grow while it stays the same, and shrink when it flips.",
    "lbfgs": "{name} learns the curvature from its last gradients, and takes several steps within one epoch.",
    "asgd": "{name} is SGD whose rate falls slowly; the average it keeps aside is not what is shown.",
    "muon": "{name} keeps the direction of the weights' momentum and drops its length; AdamW moves b.",
}
