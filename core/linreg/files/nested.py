"""Nested values as JSON and arrays, and back exactly: every number to its last bit, every tuple a tuple.

What an engine is made of is dicts, lists and tuples of numbers, text, arrays and tensors, and an optimizer's state has
whole numbers for keys. JSON lacks half of that. A value that it lacks becomes an object with a single key that starts
with "!", and arrays and tensors go beside the text, by number. Reading it back makes these values and no others, so
that it never runs code. Torch is not imported unless there is a tensor.
"""

import json
import sys
from collections import OrderedDict
from collections.abc import Mapping
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

_NAMED = frozenset(
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64".split()  # noqa: SIM905
)
"""The types that every reader of safetensors knows; others are kept as bytes, with their name beside them."""
_LARGEST_EXACT = 2**53
"""Other readers of JSON take its numbers for float64."""


class NestedError(ValueError):
    """A value that cannot be kept, or a text that no value was turned into; the sentence has no full stop."""


def flattened(value: object) -> tuple[str, Arrays]:
    """Turn a value into JSON, and the arrays in it by the names that the JSON has for them.

    Raises
    ------
    NestedError
        There is something in it that is none of the above, such as a set or a sparse tensor.
    """
    arrays: Arrays = {}
    return json.dumps(_encoded(value, arrays), separators=(",", ":"), allow_nan=False), arrays


def restored(text: str, arrays: Mapping[str, NDArray[Any]]) -> Any:
    """Turn what `flattened` returned back into the value.

    Raises
    ------
    NestedError
        The text or the arrays are damaged.
    """
    try:
        return _decoded(json.loads(text), arrays)
    except NestedError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RuntimeError, MemoryError) as problem:
        raise NestedError(f"the text is damaged: {type(problem).__name__}") from None


def _encoded(value: Any, arrays: Arrays) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, np.generic | np.ndarray):
        return _array(value, arrays)
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST_EXACT else {"!int": hex(value)}
    if isinstance(value, float):
        return value if isfinite(value) else {"!float": repr(float(value))}
    if isinstance(value, list):
        return [_encoded(entry, arrays) for entry in value]
    if isinstance(value, tuple):
        return {"!tuple": [_encoded(entry, arrays) for entry in value]}
    if isinstance(value, Mapping):
        return _mapping(value, arrays)
    if (torch := sys.modules.get("torch")) is not None and isinstance(value, torch.Tensor):
        return _tensor(value, arrays)
    raise NestedError(f"a value of type {type(value).__name__} cannot be kept")


def _mapping(value: Mapping[Any, Any], arrays: Arrays) -> Any:
    metadata = getattr(value, "_metadata", None)  # a module's state dict: which version each layer's entries have
    if metadata is not None:
        return {"!state": [_mapping(dict(value), arrays), _mapping(dict(metadata), arrays)]}
    if all(isinstance(key, str) and not key.startswith("!") for key in value):
        return {key: _encoded(entry, arrays) for key, entry in value.items()}
    return {"!dict": [[_encoded(key, arrays), _encoded(entry, arrays)] for key, entry in value.items()]}


def _array(value: Any, arrays: Arrays) -> Any:
    array = np.asarray(value)
    if array.dtype.kind not in "biufc":
        raise NestedError(f"an array of type {array.dtype} cannot be kept")
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    return _laid_aside("!scalar" if isinstance(value, np.generic) else "!array", array, array.dtype.name, arrays)


def _tensor(value: Any, arrays: Arrays) -> Any:
    import torch

    if value.layout is not torch.strided or value.is_quantized:
        raise NestedError(f"a tensor of layout {value.layout} cannot be kept")
    value, name = value.detach().cpu().resolve_conj().resolve_neg(), str(value.dtype).removeprefix("torch.")
    if name in _NAMED:
        return _laid_aside("!tensor", value.numpy(), name, arrays)
    content = value.contiguous().reshape(-1).view(torch.uint8).numpy()
    return {**_laid_aside("!tensor", content, "uint8", arrays), "dtype": name, "shape": list(value.shape)}


def _laid_aside(kind: str, array: NDArray[Any], name: str, arrays: Arrays) -> dict[str, Any]:
    """Keep an array among the others, and its order in memory beside it: how a product is summed depends on that."""
    number, noted = str(len(arrays)), {}
    if name not in _NAMED:
        noted = {"dtype": name, "shape": list(array.shape)}
        array = np.frombuffer(array.tobytes(), np.uint8)
    elif not array.flags.c_contiguous and 0 not in array.strides:
        axes = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
        noted, array = {"axes": axes}, array.transpose(axes)
    arrays[number] = np.array(array, order="C")
    return {kind: number, **noted}


def _decoded(value: Any, arrays: Mapping[str, NDArray[Any]]) -> Any:
    if isinstance(value, list):
        return [_decoded(entry, arrays) for entry in value]
    if not isinstance(value, dict):
        return value
    kind = next(iter(value), "")
    if not kind.startswith("!"):
        return {key: _decoded(entry, arrays) for key, entry in value.items()}
    content = value[kind]
    match kind:
        case "!int":
            return int(content, 16)
        case "!float":
            return float(content)
        case "!tuple":
            return tuple(_decoded(entry, arrays) for entry in content)
        case "!dict":
            return {_decoded(key, arrays): _decoded(entry, arrays) for key, entry in content}
        case "!state":
            state: Any = OrderedDict(_decoded(content[0], arrays))
            state._metadata = OrderedDict(_decoded(content[1], arrays))
            return state
        case "!array":
            return _as_array(value, arrays[content])
        case "!scalar":
            return _as_array(value, arrays[content])[()]
        case "!tensor":
            return _as_tensor(value, arrays[content])
        case _:
            raise NestedError(f"there is no kind of value {kind!r}")


def _as_array(noted: dict[str, Any], array: NDArray[Any]) -> NDArray[Any]:
    if "dtype" in noted:
        array = np.frombuffer(array.tobytes(), np.dtype(noted["dtype"])).reshape(noted["shape"])
    array = array.copy()
    return array.transpose(np.argsort(noted["axes"])) if "axes" in noted else array


def _as_tensor(noted: dict[str, Any], array: NDArray[Any]) -> Any:
    import torch

    if "dtype" not in noted:
        tensor = torch.from_numpy(_as_array(noted, array))
        return tensor if array.size else torch.empty(array.shape, dtype=tensor.dtype)  # numpy's has strides of 0
    dtype = getattr(torch, noted["dtype"])
    if not isinstance(dtype, torch.dtype):
        raise NestedError(f"torch has no type {noted['dtype']!r}")
    if not array.size:
        if 0 not in noted["shape"]:
            raise NestedError("a tensor has fewer numbers than its shape")
        return torch.empty(noted["shape"], dtype=dtype)
    return torch.from_numpy(array.copy()).view(dtype).reshape(noted["shape"])
