"""JSON lines: what is printed or written for other programs to read, one object a line."""

import json
import math
from dataclasses import asdict, is_dataclass
from typing import Any

import numpy as np


def to_json(record: Any) -> str:
    """Write JSON on one line, ASCII only, with numbers in full precision and non-finite ones as null."""
    return json.dumps(_plain(record), allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    return value
