"""Nested values in a file and back: the same to the last bit; no code is run, and no damage goes unnoticed."""

import math
import subprocess
import sys
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from exactly import same
from linreg.files.nested import NestedError, flattened, restored
from linreg.files.sealed import SealError, seal, unseal

KIND = "linreg test 1"


def round_trip(value: Any) -> Any:
    return unseal(KIND, seal(KIND, value))


SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.just(math.nan) | st.text()
DTYPES = ["bool", "int8", "uint16", "int64", "uint64", "float16", "float32", "float64", "complex64", "complex128"]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda name: hnp.arrays(name, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
)
TENSORS = st.sampled_from(["float32", "float64", "int64", "bool", "bfloat16", "uint8"]).flatmap(
    lambda name: st.lists(st.integers(0, 3), max_size=3).map(
        lambda shape: torch.arange(prod(shape)).mul(1.7).to(getattr(torch, name)).reshape(shape)
    )
)
KEYS = st.text() | st.integers() | st.booleans() | st.tuples(st.integers(), st.text()) | st.just("!int")
NESTED = st.recursive(
    SCALARS | ARRAYS | TENSORS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=15,
)


@given(NESTED)
def test_any_nested_value_comes_back_the_same_to_the_last_bit(value: Any) -> None:
    assert same(round_trip(value), value)


@pytest.mark.parametrize(
    "value",
    [
        -0.0,
        math.inf,
        -math.inf,
        math.nan,
        5e-324,
        2**53 + 1,
        pytest.param(-(10**5000), id="thousands of digits"),
        True,
        "\udcff.csv",
        "\x00\u202e",
        {1: {"a": None}, "1": 2},
        {"!tuple": [1]},
        {"blake2b": '"blake2b":"'},
        np.float64(0.1),
        np.float32(0.1),
        np.int64(2**63 - 1),
        np.bool_(True),
        np.empty((0, 3)),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        torch.tensor(0.5, dtype=torch.float32),
        torch.arange(24.0).reshape(2, 3, 4).permute(1, 2, 0),
        torch.Generator().manual_seed(7).get_state(),
        np.random.default_rng(7).bit_generator.state,
    ],
)
def test_what_json_lacks_comes_back_too(value: Any) -> None:
    assert same(round_trip(value), value)


def test_numbers_stored_the_other_way_round_keep_their_values() -> None:
    assert round_trip(np.array([1.5, -2.0], ">f8")).tolist() == [1.5, -2.0]


def test_a_modules_state_keeps_the_versions_of_its_layers() -> None:
    state: Any = torch.nn.BatchNorm1d(2).state_dict()
    back = round_trip(state)
    assert type(back) is type(state)
    assert back._metadata == state._metadata
    assert same(dict(back), dict(state))


@pytest.mark.parametrize("value", [{1, 2}, b"bytes", object(), np.array(["a"]), torch.eye(2).to_sparse(), print])
def test_what_cannot_be_kept_is_said_and_not_kept_by_running_code(value: object) -> None:
    with pytest.raises(NestedError, match="cannot be kept"):
        seal(KIND, [value])


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"!code": "import os"}',
        '{"!tensor": "7"}',
        '{"!tensor": "0", "dtype": "load", "shape": [1]}',
        '{"!array": "0", "dtype": "O", "shape": [1]}',
        '{"!array": "0", "axes": [9, 9]}',
        '{"!dict": [[{}, 1]]}',
        '{"!int": 3}',
        "[" * 100_000,
    ],
)
def test_a_text_that_nothing_was_turned_into_is_refused(text: str) -> None:
    with pytest.raises(NestedError):
        restored(text, {"0": np.zeros(8, np.uint8)})


def test_a_value_without_tensors_is_read_and_written_without_torch() -> None:
    script = """
import sys
import numpy as np
import linreg.store.checkpoint
from linreg.files.sealed import seal, unseal
unseal("a", seal("a", {"stretches": [(0, 0.1, np.zeros((2, 2)))]}))
print([name for name in ("torch", "polars", "textual") if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_every_flipped_bit_and_every_missing_end_of_a_file_is_noticed() -> None:
    content = seal(KIND, {"state": {0: {"step": torch.tensor(3.0)}}, "w": np.array([1.0, math.nan])})
    unseal(KIND, content)
    for place in range(len(content)):
        for bit in (0x01, 0x20, 0x80):
            damaged = bytearray(content)
            damaged[place] ^= bit
            with pytest.raises(SealError):
                unseal(KIND, bytes(damaged))
        with pytest.raises(SealError):
            unseal(KIND, content[:place])
    with pytest.raises(SealError):
        unseal(KIND, content + b"\0")


def test_any_reader_of_safetensors_can_look_inside(tmp_path: Path) -> None:
    from safetensors import safe_open

    (tmp_path / "file").write_bytes(seal(KIND, {"w": np.arange(3.0)}))
    with safe_open(tmp_path / "file", framework="numpy") as file:
        assert file.metadata()["format"] == KIND
        assert file.get_tensor("0").tolist() == [0.0, 1.0, 2.0]


def test_flattened_arrays_are_copies() -> None:
    array = np.zeros(2)
    _, arrays = flattened([array])
    array[0] = 1.0
    assert arrays["0"].tolist() == [0.0, 0.0]
