"""Arrays, tensors and frames become columns of float64, as numpy has them; or one sentence says why they do not."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
import torch
from numpy.typing import NDArray

from linreg.data.arrays import rows_of, table_of
from linreg.errors import LinregError

X = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.5]]
WRAPPED: dict[str, Any] = {
    "lists": X,
    "integers": np.array([[1, 2], [3, 4]], dtype=np.uint8),
    "half precision": np.array(X, dtype=np.float16),
    "a transposed array": np.array(X).T.copy().T,
    "a tensor": torch.tensor(X),
    "a tensor of a precision that numpy lacks": torch.tensor(X, dtype=torch.bfloat16),
    "a tensor of integers": torch.tensor([[1, 2], [3, 4]]),
    "a tensor of large integers": torch.tensor([[2**53 - 1, 2], [3, 4]]),
    "a tensor of truth values": torch.tensor([[True, False]]),
    "a tensor that is trained": torch.tensor(X, requires_grad=True),
    "objects": np.array([[Decimal("1.5"), Fraction(1, 4)], [True, np.float32(2.5)]], dtype=object),
    "truth values": np.array([[True, False]]),
    "masks that hide nothing": np.ma.masked_equal(X, 99.0),
}


@pytest.mark.parametrize("values", WRAPPED.values(), ids=WRAPPED)
def test_numbers_in_any_wrapping_are_those_numbers(values: Any) -> None:
    plain = values.detach().to(torch.float64).numpy() if isinstance(values, torch.Tensor) else values
    expected = np.array(plain, dtype=np.float64)
    found = rows_of(values, ["a", "b"])
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, expected)
    table = table_of(values, np.arange(len(expected)))
    assert table.features == ("x1", "x2")
    assert table.target == "y"
    assert table.X.flags.c_contiguous
    assert table.y.flags.c_contiguous
    np.testing.assert_array_equal(table.X, expected)
    np.testing.assert_array_equal(table.y, np.arange(len(expected)))


@pytest.mark.parametrize(
    "y", [[4, 5, 6], [[4], [5], [6]], np.array([[4.0], [5.0], [6.0]]), pl.DataFrame({"y": [4, 5, 6]})]
)
@pytest.mark.parametrize("x", [[1, 2, 3], [[1], [2], [3]], pl.Series([1, 2, 3])])
def test_one_column_may_be_a_vector(x: Any, y: Any) -> None:
    table = table_of(x, y)
    assert table.features == ("x",)
    np.testing.assert_array_equal(table.X, [[1], [2], [3]])
    np.testing.assert_array_equal(table.y, [4, 5, 6])
    np.testing.assert_array_equal(rows_of(x, ["a"]), [[1], [2], [3]])


FRAMES = [pl.DataFrame, pa.table]


@pytest.mark.parametrize("frame", FRAMES)
def test_a_frames_columns_are_taken_by_their_names(frame: Any) -> None:
    values = frame({"b": [1, 2], "other": ["text", "too"], "a": [0.5, 1.5]})
    np.testing.assert_array_equal(rows_of(values, ["a", "b"]), [[0.5, 1], [1.5, 2]])
    table = table_of(frame({"b": [1, 2], "a": [0.5, 1.5]}), [3, 4])
    assert table.features == ("b", "a")
    np.testing.assert_array_equal(table.X, [[1, 0.5], [2, 1.5]])


@pytest.mark.parametrize(
    ("values", "features", "words"),
    [
        (pl.DataFrame({"size": [1], "age": [2]}), ["sise"], "X has no column 'sise' (did you mean 'size'?); add it."),
        (X, ["a"], "X must be (n_samples, 1), with a as columns, not (3, 2)."),
        (X, ["a", "b", "c"], "X must be (n_samples, 3), with a, b, c as columns, not (3, 2)."),
        ([1, 2], ["a", "b"], "X must be (n_samples, 2), with a, b as columns, not (2,)."),
        (np.zeros((2, 2, 2)), ["a", "b"], "X must be (n_samples, 2), with a, b as columns, not (2, 2, 2)."),
        (np.zeros((2, 1, 1)), ["a"], "X must be (n_samples, 1), with a as columns, not (2, 1, 1)."),
    ],
)
def test_rows_that_a_model_cannot_take_are_refused(values: Any, features: list[str], words: str) -> None:
    with pytest.raises(LinregError) as caught:
        rows_of(values, features)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("x", "y", "shapes"),
    [
        (X, [1, 2], "(3, 2) and (2,)"),
        (X, [[1, 2], [3, 4], [5, 6]], "(3, 2) and (3, 2)"),
        (np.zeros((2, 2, 2)), [1, 2], "(2, 2, 2) and (2,)"),
        (np.zeros((0, 2)), np.zeros(0), "(0, 2) and (0,)"),
        (np.zeros((2, 0)), np.zeros(2), "(2, 0) and (2,)"),
        (X, np.zeros((3, 1, 1)), "(3, 2) and (3, 1, 1)"),
    ],
)
def test_features_and_targets_that_do_not_fit_each_other_are_refused(x: Any, y: Any, shapes: str) -> None:
    with pytest.raises(LinregError) as caught:
        table_of(x, y)
    assert str(caught.value).endswith(f"with at least one of each, not {shapes}.")


def _pairs() -> pl.DataFrame:
    return pl.DataFrame({"a": [[1.0, 2.0]]}, schema={"a": pl.Array(pl.Float64, 2)})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([[1.0, np.nan]], "X has nan at [0, 1], which is no finite number; drop such rows."),
        ([[1.0, 2.0], [np.inf, 1.0]], "X has inf at [1, 0], which is no finite number; drop such rows."),
        ([[1, 10**400]], "X must hold numbers only: int too large to convert to float."),
        (np.array([[1, Decimal("1e999")]], dtype=object), "X has inf at [0, 1], which is no finite number"),
        ([["1", "2"]], "X must hold numbers only, not text; convert them first."),
        (np.array([[b"1"]]), "X must hold numbers only, not text; convert them first."),
        (np.array([["2024-01-01"]], dtype="M8[D]"), "X must hold numbers only, not dates; convert them first."),
        (np.array([[1]], dtype="m8[s]"), "X must hold numbers only, not durations; convert them first."),
        ([[1j]], "X must hold numbers only, not complex numbers; convert them first."),
        (np.zeros((1, 1), dtype="V2"), "X must hold numbers only, not the type |V2; convert them first."),
        ([[1, None]], "X must hold numbers only, not None at [0, 1]; convert it, or drop such rows."),
        (None, "X must be an array, a list or a data frame of numbers, not None."),
        (3.0, "X must be an array, a list or a data frame of numbers, not float."),
        ([[1], [2, 3]], "X must hold numbers only: setting an array element"),
        (np.ma.masked_equal(X, 4.0), "X has masked values; drop their rows, or fill them."),
        ([np.ma.masked_equal([1, 2], 2)], "X has masked values; drop their rows, or fill them."),
        (pl.DataFrame({"a": ["text"]}), "column 'a' of X must hold numbers only"),
        (_pairs(), "column 'a' of X must hold one number a row, not (2,) of them."),
        (pa.table([[1], [2]], names=["a", "a"]), "X has 2 columns that are called 'a'; rename them."),
    ],
)
def test_what_is_no_finite_real_number_is_refused_in_one_sentence(values: Any, words: str) -> None:
    with pytest.raises(LinregError) as caught:
        table_of(values, [1])
    assert str(caught.value).startswith(words.rstrip("."))
    assert str(caught.value).endswith(".")


def test_a_column_of_a_target_is_named_as_the_targets() -> None:
    with pytest.raises(LinregError, match=r"^y has 2 columns that are called 'a'; rename them\.$"):
        table_of(X, pa.table([[1], [2]], names=["a", "a"]))
    with pytest.raises(LinregError, match=r"^column 'a' of y must hold"):
        table_of(X, pl.DataFrame({"a": ["text"] * 3}))


LONG = [f"feature number {number}" for number in range(9)]


def test_many_features_are_named_in_part() -> None:
    said = ", ".join(LONG)[:79] + "…"
    with pytest.raises(LinregError) as caught:
        rows_of(X, LONG)
    assert str(caught.value) == f"X must be (n_samples, 9), with {said} as columns, not (3, 2)."
    with pytest.raises(LinregError) as caught:
        rows_of(X, ["x" * 80])
    assert f"with {'x' * 80} as columns" in str(caught.value)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([[1, 2], [3, "x" * 99]], "X must hold numbers only, not text; convert them first."),
        (np.array([[1, 2], [3, object]], dtype=object), "X must hold numbers only, not <class 'object'> at [1, 1];"),
        (np.array([[1, 2j]], dtype=object), "X must hold numbers only, not 2j at [0, 1]; convert it, or drop such"),
        ([[1, 2], [3, np.inf], [np.nan, 4]], "X has inf at [1, 1], which is no finite number; drop such rows."),
        ([1, 2, -np.inf], "X has -inf at [2], which is no finite number; drop such rows."),
    ],
)
def test_the_first_entry_at_fault_is_named_with_its_place(values: Any, words: str) -> None:
    with pytest.raises(LinregError) as caught:
        table_of(values, [1, 2, 3])
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32])
def test_only_single_precision_stays_as_it_is_given(dtype: type) -> None:
    given: NDArray[Any] = np.arange(6, dtype=dtype).reshape(3, 2)
    table = table_of(given, [1, 2, 3], as_given=True)
    assert table.X.dtype == (np.float32 if dtype is np.float32 else np.float64)
    assert np.shares_memory(table.X, given) == (dtype in (np.float32, np.float64))
    assert table.y.dtype == table_of(given, [1, 2, 3]).X.dtype == np.float64
    assert table.X.tolist() == given.tolist()


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64, torch.int16])
def test_a_tensor_keeps_its_precision(dtype: torch.dtype) -> None:
    given = torch.tensor([[1.0], [2**-14 * 1000]]).to(dtype)
    assert rows_of(given, ["a"]).tolist() == given.double().tolist()
    third = torch.tensor([[1 / 3]], dtype=torch.float64)
    assert rows_of(third, ["a"]).tolist() == [[1 / 3]]


def test_a_masked_row_is_found_among_others() -> None:
    masked = np.ma.masked_equal([1, 2], 2)
    cases: list[Any] = [[[1, 2], masked], ([1, 2], masked), masked]
    for values in cases:
        with pytest.raises(LinregError, match=r"^X has masked values; drop their rows, or fill them\.$"):
            table_of(values, [1, 2])


def test_a_column_that_holds_several_numbers_a_row_is_named() -> None:
    frame = pl.DataFrame({"x": [1.0], "a": [[1.0, 2.0, 3.0]]}, schema_overrides={"a": pl.Array(pl.Float64, 3)})
    with pytest.raises(LinregError, match=r"^column 'a' of X must hold one number a row, not \(3,\) of them\.$"):
        rows_of(frame, ["x", "a"])
    assert rows_of(frame, ["x"]).tolist() == [[1.0]]
    with pytest.raises(LinregError, match=r"^X has 2 columns that are called 'b'; rename them\.$"):
        rows_of(pa.table([[1], [2], [3]], names=["a", "b", "b"]), ["a"])
