"""Putting an optimizer's state back exactly.

``load_state_dict`` casts every tensor of the state to its parameter's type. NAdam keeps a float32 scalar beside float64
parameters, and with it in float64 the epochs after going back differ in the eighth digit from those of the first time.
"""

from copy import deepcopy
from typing import Any

import torch


def load_exactly(optimizer: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Load a ``state_dict`` so that the optimizer goes on bit for bit; `state` itself stays untouched."""
    saved = deepcopy(state)
    optimizer.load_state_dict(saved)
    numbers = [number for group in saved["param_groups"] for number in group["params"]]
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for number, parameter in zip(numbers, parameters, strict=True):
        for name, value in saved["state"].get(number, {}).items():
            if isinstance(value, torch.Tensor):
                optimizer.state[parameter][name] = value.to(parameter.device)
