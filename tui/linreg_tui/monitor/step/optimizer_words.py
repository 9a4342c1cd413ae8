"""One true sentence on what each optimizer of torch.optim makes of the gradients."""

from linreg.text import safe


def words_on(optimizer: str) -> str:
    """Describe an optimizer by what it does; one that is not known here only by its name."""
    about = _WORDS.get(optimizer.lower(), "{name} works its step out from the gradients so far.")
    return about.format(name=safe(optimizer))


_ADAPTED = "{name} divides by the gradient's recent size: a small gradient moves a parameter as far as a large one"
_WORDS = {
    "sgd": "{name} steps against the gradient.",
    "adam": f"{_ADAPTED}.",
    "adamw": f"{_ADAPTED}.",
    "sparseadam": f"{_ADAPTED}.",
    "nadam": f"{_ADAPTED}, looking one step ahead as Nesterov does.",
    "radam": f"{_ADAPTED}; in the first steps, before that size is known, it is momentum alone.",
    "adamax": "{name} divides by the largest gradient of late.",
    "rmsprop": "{name} divides by the gradient's recent root mean square.",
    "adagrad": "{name} divides by the root of all squared gradients so far: its rate only falls.",
    "adadelta": "{name} makes each step about as long as the last ones, in the gradient's direction: it starts slowly.",
    "adafactor": "{name} divides by the gradient's recent size, and scales the step by the parameters' own size.",
    "rprop": "{name} looks at the gradient's sign alone: steps grow while it stays the same, and shrink when it flips.",
    "lbfgs": "{name} learns the curvature from its last gradients, and takes several steps within one epoch.",
    "asgd": "{name} is SGD whose rate falls slowly; the average it keeps aside is not what is shown.",
    "muon": "{name} keeps the direction of the weights' momentum and drops its length; AdamW moves b.",
}
