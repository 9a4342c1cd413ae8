"""A model's parameters as views of one flat tensor: keeping or replacing all of them is one small copy."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from linreg.arrays import Vector


def flattened(model: nn.Module) -> Tensor:
    """Move the parameters that are trained into one tensor, ``(n_parameters,)``, and make each a view of its part."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    flat = torch.cat([parameter.detach().reshape(-1) for parameter in parameters])
    offset = 0
    for parameter in parameters:
        part = flat[offset : offset + parameter.numel()]
        parameter.data = part.view(parameter.shape)
        offset += parameter.numel()
    return flat


@contextmanager
def replaced(flat: Tensor, parameters: Vector) -> Iterator[None]:
    """Put other parameters, ``(n_parameters,)``, into the flat tensor for a while, and the current ones back after."""
    current = flat.clone()
    flat.copy_(torch.as_tensor(parameters))
    try:
        yield
    finally:
        flat.copy_(current)
