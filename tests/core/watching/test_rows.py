"""Rows of a script's numbers: the same as torch says they are, whatever becomes of the tensors' memory."""

import numpy as np
import torch

from linreg.watching.reading.rows import MOST_BYTES, Rows


def numbers(tensors: list[torch.Tensor]) -> list[float]:
    return [number for tensor in tensors for number in tensor.detach().to(torch.float64).reshape(-1).tolist()]


def test_rows_are_the_numbers_as_they_stood_whatever_their_kind() -> None:
    kinds = torch.float32, torch.float64, torch.float16, torch.bfloat16
    tensors = [torch.randn(size, dtype=kind) for size, kind in enumerate(kinds, 1)]
    tensors.append(torch.randn(3, 4).T)
    rows, expected = Rows(tensors), []
    for _ in range(5):
        for tensor in tensors:
            tensor += 1
        assert rows.add()
        expected.append(numbers(tensors))
    assert rows.now().tolist() == expected[-1]
    assert rows.take().tolist() == expected
    assert rows.take().shape == (0, 22)


def test_a_tensor_that_has_moved_is_read_where_it_is() -> None:
    w, b = torch.ones(2), torch.zeros(1)
    rows = Rows([w, b])
    rows.add()
    w.data = torch.tensor([3.0, 4.0])
    rows.add()
    assert rows.take().tolist() == [[1, 1, 0], [3, 4, 0]]


def test_a_tensor_of_another_kind_waits_until_the_rows_before_it_are_taken() -> None:
    w = torch.ones(2)
    rows = Rows([w])
    rows.add()
    w.data = torch.tensor([1.5, 2.5], dtype=torch.float64)
    assert not rows.add()
    assert rows.take().tolist() == [[1, 1]]
    assert rows.add()
    assert not rows.bind([torch.ones(2)])
    assert rows.take().tolist() == [[1.5, 2.5]]
    assert rows.bind([torch.ones(2)])


def test_the_block_of_a_wide_model_has_its_bounds() -> None:
    rows = Rows([torch.ones(4096, dtype=torch.float64)])
    for _ in range(rows.most_rows):
        assert rows.add()
    assert rows.most_rows * 4096 * 8 <= MOST_BYTES
    assert np.all(rows.take() == 1)
