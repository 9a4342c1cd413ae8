"""Tables taken apart into orthonormal directions, against numpy's own decompositions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from linreg.numerics import spectrum
from linreg.numerics.spectrum import Spectrum, is_wide, smallest_of, taken_apart

Array = NDArray[np.float64]


def rows_of(kind: str, n: int, m: int, seed: int = 0) -> Array:
    random = np.random.default_rng(seed)
    rows: Array = random.standard_normal((n, m))
    if kind == "repeated":
        rows[n // 2 :] = rows[: n - n // 2]
    elif kind == "zero":
        rows[1] = 0.0
    elif kind == "nothing":
        rows[:] = 0.0
    elif kind == "close":
        rows[1] = rows[0] + 1e-7 * rows[1]
    elif kind == "graded":
        rows *= 10.0 ** -np.arange(n)[:, np.newaxis]
    elif kind == "large":
        rows *= 1e100
    return rows


@pytest.mark.parametrize("kind", ["plain", "repeated", "zero", "close", "graded", "large"])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (2, 2), (6, 6), (6, 9), (5, 40)])
def test_rows_are_their_directions_times_their_lengths(
    kind: str, n: int, m: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if n < 2 and kind != "plain":
        return
    monkeypatch.setattr(spectrum, "_BLOCK", 7)
    rows = rows_of(kind, n, m)
    U, lengths, Vt = taken_apart(rows.copy())
    expected = np.linalg.svd(rows, compute_uv=False)
    size = expected[0]
    np.testing.assert_allclose(lengths, expected, rtol=1e-9, atol=1e-14 * size)
    np.testing.assert_allclose(U * lengths @ Vt, rows, rtol=0, atol=1e-13 * size)
    np.testing.assert_allclose(U.T @ U, np.eye(n), rtol=0, atol=1e-12)
    known = lengths > 1e-12 * size
    np.testing.assert_allclose(Vt[known] @ Vt[known].T, np.eye(known.sum()), rtol=0, atol=1e-10)
    assert (np.diff(lengths) <= 0).all()


def test_directions_take_the_place_of_the_rows() -> None:
    for kind in ("plain", "close"):
        rows = rows_of(kind, 5, 30)
        _, _, Vt = taken_apart(rows)
        assert np.shares_memory(Vt, rows)
        np.testing.assert_array_equal(Vt, rows[::-1])


@pytest.mark.parametrize(
    ("n_rows", "n_features", "expected"),
    [(513, 513, True), (512, 512, False), (514, 513, False), (0, 512, False), (0, 513, True), (10, 10_000, True)],
)
def test_few_rows_of_many_features_are_kept_themselves(n_rows: int, n_features: int, expected: bool) -> None:
    assert is_wide(n_rows, n_features) is expected


@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(0, 12), st.booleans())
def test_products_say_of_the_columns_what_the_rows_do(seed: int, p: int, n_more: int, has_zeros: bool) -> None:
    random = np.random.default_rng(seed)
    rows = random.standard_normal((p + n_more, p + 1)) * 2.0 ** random.integers(-20, 20, p + 1)
    if has_zeros:
        rows[:, 0] = 0.0
    found = Spectrum.of_products(rows.T @ rows)
    X, target = rows[:, :-1], rows[:, -1]
    scale = np.linalg.norm(X, axis=0)
    scale[scale == 0] = 1.0
    U, lengths, Vt = np.linalg.svd(X / scale, full_matrices=False)
    n_directions = int((lengths > 1e-6).sum())
    if (lengths[n_directions:] > 1e-9).any() or lengths[n_directions - 1 :][:1] < 1e-4:
        return
    np.testing.assert_allclose(found.scale, scale, rtol=1e-12)
    np.testing.assert_allclose(found.lengths, lengths[:n_directions], rtol=1e-6)
    assert found.Vt.shape == (n_directions, p)
    np.testing.assert_allclose(found.Vt.T @ found.Vt, Vt[:n_directions].T @ Vt[:n_directions], rtol=0, atol=1e-6)
    size = float(np.linalg.norm(target))
    along = U[:, :n_directions].T @ target
    np.testing.assert_allclose(np.square(found.along).sum(), np.square(along).sum(), rtol=1e-6, atol=1e-6 * size**2)
    rest = target - U[:, :n_directions] @ along
    np.testing.assert_allclose(found.beyond, np.linalg.norm(rest), rtol=1e-5, atol=1e-4 * size)
    explained = (found.along / found.lengths) @ found.Vt / found.scale
    np.testing.assert_allclose(X @ explained, target - rest, rtol=0, atol=1e-6 * size)


@pytest.mark.parametrize("place", [0, 1, 3])
def test_the_direction_of_the_bias_is_put_in_between(place: int) -> None:
    rows = rows_of("plain", 3, 6)
    rows -= rows.mean(axis=0)
    for found in (Spectrum.of_rows(rows), Spectrum.of_products(np.cov(rows_of("plain", 9, 4).T))):
        n_directions, directions = len(found.lengths), found.Vt[::-1].copy()
        together = found.with_bias(place)
        assert together.shape == (found.Vt.shape[1] + 1, n_directions + 1)
        of_bias = np.append(np.zeros(found.Vt.shape[1]), 1.0)
        np.testing.assert_array_equal(together[:, place], of_bias)
        np.testing.assert_array_equal(np.delete(together, place, axis=1)[:-1].T, directions)
        assert not np.delete(together, place, axis=1)[-1].any()


def test_a_spectrum_of_rows_leaves_nothing_of_the_target() -> None:
    rows = rows_of("plain", 4, 8)
    found = Spectrum.of_rows(rows.copy())
    np.testing.assert_allclose(found.scale, np.linalg.norm(rows[:, :-1], axis=0))
    assert found.beyond == 0.0
    fitted = rows[:, :-1] / found.scale @ (found.Vt.T @ (found.along / found.lengths))
    np.testing.assert_allclose(fitted, rows[:, -1], rtol=1e-10, atol=1e-12)
    assert found.memory.shape == (5, 8)


@pytest.mark.parametrize("spread", [0.0, 2.0, 4.9, 5.1, 12.0])
@pytest.mark.parametrize("rank", [1, 3, 5])
def test_of_all_weights_that_explain_as_much_the_shortest_are_found(
    spread: float, rank: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spectrum, "_BLOCK", 4)
    random = np.random.default_rng(rank)
    Vt = np.linalg.qr(random.standard_normal((11, rank)))[0].T
    scale, explained = 10.0 ** np.linspace(0, spread, 11)[random.permutation(11)], random.standard_normal(rank)
    w = smallest_of(Vt, scale, explained)
    np.testing.assert_allclose(Vt @ (scale * w), explained, rtol=1e-11, atol=1e-13)
    free = np.linalg.svd(Vt * scale)[2][rank:]
    if spread < 3:
        assert np.linalg.norm(free @ w) <= 1e-10 * np.linalg.norm(w)
        np.testing.assert_allclose(w, np.linalg.pinv(Vt * scale) @ explained, rtol=1e-8, atol=1e-12)
