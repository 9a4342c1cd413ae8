"""A companion for an optimizer that takes only matrices: Muon trains w, AdamW trains b, both in one step."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from linreg.errors import LinregError


def with_companion(optimizer: type[Optimizer], parameters: list[nn.Parameter], arguments: dict[str, Any]) -> Optimizer:
    """Make `optimizer` for the matrices among `parameters`, and AdamW without weight decay for the others.

    Raises
    ------
    LinregError
        There is no matrix to train.
    """
    matrices = [parameter for parameter in parameters if parameter.ndim == 2]
    others = [parameter for parameter in parameters if parameter.ndim != 2]
    name = optimizer.__name__
    if not matrices:
        raise LinregError(f"{name} trains only matrices, and this model has none; use AdamW instead.")
    main = optimizer(matrices, **arguments)
    if not others:
        return main
    return WithCompanion(main, AdamW(others, lr=main.defaults["lr"], weight_decay=0.0))


class WithCompanion(Optimizer):
    """Two optimizers that step together: `main` on the matrices, `companion` on all other parameters.

    Parameter groups and state are shared with the two, so that setting a learning rate or saving and loading the state
    works as with any optimizer.
    """

    def __init__(self, main: Optimizer, companion: Optimizer) -> None:
        groups = [*main.param_groups, *companion.param_groups]
        super().__init__([parameter for group in groups for parameter in group["params"]], {})
        self.parts = (main, companion)
        self.param_groups = groups
        self._share()

    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:  # type: ignore[override]
        """Step both."""
        cost = None
        if closure is not None:
            with torch.enable_grad():
                cost = closure()
        for part in self.parts:
            part.step()
        return cost

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Return both to an earlier state."""
        super().load_state_dict(state_dict)
        self._share()

    def _share(self) -> None:
        main, companion = self.parts
        n_main = len(main.param_groups)
        main.param_groups, companion.param_groups = self.param_groups[:n_main], self.param_groups[n_main:]
        main.state = companion.state = self.state
