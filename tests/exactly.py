"""Whether nested values are equal in every type and every bit."""

import struct
from typing import Any

import numpy as np
import torch


def same(one: Any, other: Any) -> bool:
    """Whether two nested values are equal in every type and every bit."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(*pair) for pair in zip(one.values(), other.values(), strict=True))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, torch.Tensor):
        in_order = one.stride() == other.stride() or not one.numel()
        return in_order and one.dtype == other.dtype and same(_bits(one), _bits(other))
    if isinstance(one, np.ndarray | np.generic):
        in_order = one.strides == other.strides or not one.size
        return in_order and (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    if isinstance(one, float):  # which of the many NaN it is, is no part of a number
        return struct.pack("d", one) == struct.pack("d", other) or (one != one and other != other)
    return bool(one == other)


def _bits(tensor: torch.Tensor) -> tuple[torch.Size, list[int]]:
    return tensor.shape, tensor.contiguous().reshape(-1).view(torch.uint8).tolist()
