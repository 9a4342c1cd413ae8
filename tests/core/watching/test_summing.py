"""Lines of a large model's tensors: what torch itself says of them, and of the one step that is measured."""

from math import inf, isnan

import pytest
import torch

from linreg.watching.answer import Answer
from linreg.watching.reading.summing import MOST_SAMPLED, Summing
from linreg.watching.reading.tensors import Tensors
from linreg.watching.truth import COMPLEX


def a_model(n: int = 5000) -> tuple[list[torch.Tensor], torch.optim.Optimizer]:
    torch.manual_seed(0)
    tensors = [torch.randn(n, requires_grad=True), torch.randn(3, 4, dtype=torch.float64, requires_grad=True)]
    tensors += [torch.zeros(2, requires_grad=True), torch.randn(2, requires_grad=True)]
    return tensors, torch.optim.Adam(tensors, lr=0.01)


def step(tensors: list[torch.Tensor], optimizer: torch.optim.Optimizer) -> None:
    optimizer.zero_grad()
    sum((each.double() ** 3).sum() for each in tensors[:3]).backward()  # type: ignore[union-attr]
    optimizer.step()


def test_a_line_is_what_torch_says_of_a_tensor_and_of_one_step() -> None:
    tensors, optimizer = a_model()
    summing = Summing(Tensors(tensors, "wabn"))
    step(tensors, optimizer)
    summing.mark()
    before = [each.detach().clone() for each in tensors]
    step(tensors, optimizer)
    summing.sum_up()
    for tensor, was, line in zip(tensors, before, summing.summaries, strict=True):
        assert line.norm == pytest.approx(float(tensor.detach().norm()))
        assert line.mean == pytest.approx(float(tensor.detach().mean()), abs=1e-6)
        assert (
            isnan(line.gradient_norm)
            if tensor.grad is None
            else line.gradient_norm == pytest.approx(float(tensor.grad.norm()))
        )
        if was.norm():
            assert line.update_ratio == pytest.approx(float((tensor.detach() - was).norm() / was.norm()), rel=1e-4)
    assert isnan(summing.summaries[2].update_ratio)
    assert summing.summaries[2].gradient_norm == 0
    assert summing.broken is None


def test_of_a_very_large_tensor_the_step_is_that_of_a_part() -> None:
    tensors, optimizer = a_model(5 * MOST_SAMPLED)
    summing = Summing(Tensors(tensors, "wabn"))
    step(tensors, optimizer)
    summing.mark()
    before = tensors[0].detach().clone()
    step(tensors, optimizer)
    summing.sum_up()
    assert summing.summaries[0].update_ratio == pytest.approx(
        float((tensors[0].detach() - before).norm() / before.norm()), rel=0.02
    )


def test_what_is_no_number_is_named_and_its_norm_is_infinite() -> None:
    tensors, _ = a_model()
    summing = Summing(Tensors(tensors, "wabn"))
    with torch.no_grad():
        tensors[1][2, 1] = torch.nan
    tensors[0].grad = torch.full_like(tensors[0], torch.nan)
    summing.sum_up()
    assert summing.broken == "a"
    assert summing.summaries[1].norm == inf
    assert summing.summaries[0].gradient_norm == inf


def test_complex_numbers_have_their_norms_and_no_exact_answer() -> None:
    tensors = [torch.tensor([3 + 4j, 0], requires_grad=True), torch.tensor([2.0], requires_grad=True)]
    optimizer, loop = torch.optim.SGD(tensors, lr=0.25), Tensors(tensors, "cw")
    cost, answer, summing = tensors[0].abs().square().sum() + tensors[1].sum(), Answer(), Summing(loop)
    answer.look_into(cost, tensors, may_pass=True, has_hooks=False)
    assert answer.truth(sees_all=True).why_none == COMPLEX
    summing.mark()
    cost.backward()
    optimizer.step()
    summing.sum_up()
    assert not loop.is_small
    assert [line.norm for line in summing.summaries] == [2.5, 1.75]
    assert [line.gradient_norm for line in summing.summaries] == [10, 1]
    assert [line.update_ratio for line in summing.summaries] == [0.5, 0.125]
    assert isnan(summing.summaries[0].mean)
