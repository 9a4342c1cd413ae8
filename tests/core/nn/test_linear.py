"""The model against the lecture's own programs, written here in plain torch."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from linreg.nn.linear import LinearRegression, SparseLinearRegression

EXERCISE_X = torch.FloatTensor([[0], [1], [1]])
EXERCISE_Y = torch.FloatTensor([[0], [1], [2]])
QUIZ_X = torch.FloatTensor([[73, 80, 75], [93, 88, 93], [89, 91, 90], [96, 98, 100], [73, 66, 70]])
QUIZ_Y = torch.FloatTensor([[152], [185], [180], [196], [142]])
N_EPOCHS = 1000

Cost = Callable[[Tensor, Tensor], Tensor]
COSTS: dict[str, Cost] = {
    "torch.mean": lambda hypothesis, y: torch.mean((hypothesis - y) ** 2),
    "F.mse_loss": mse_loss,
    "nn.MSELoss": nn.MSELoss(),
}


def lecture_exercise1() -> list[list[float]]:
    w = torch.zeros(1, requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=0.01)
    rows = []
    for _ in range(N_EPOCHS + 1):
        hypothesis = EXERCISE_X * w + b
        cost = torch.mean((hypothesis - EXERCISE_Y) ** 2)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        rows.append([w.item(), b.item(), cost.item()])
    return rows


def lecture_quiz1() -> list[list[float]]:
    w = torch.zeros((3, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([w, b], lr=1e-5)
    rows = []
    for _ in range(N_EPOCHS + 1):
        hypothesis = QUIZ_X.matmul(w) + b
        cost = mse_loss(hypothesis, QUIZ_Y)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        rows.append([*w.flatten().tolist(), b.item(), cost.item()])
    return rows


def trained(X: Tensor, y: Tensor, learning_rate: float, criterion: Cost) -> list[list[float]]:
    model = LinearRegression(np.zeros(X.shape[1] + 1), dtype=torch.float32)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    rows = []
    for _ in range(N_EPOCHS + 1):
        cost = criterion(model(X), y)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        rows.append([*nn.utils.parameters_to_vector(model.parameters()).tolist(), cost.item()])
    return rows


@pytest.fixture(scope="module")
def exercise1() -> list[list[float]]:
    return lecture_exercise1()


@pytest.fixture(scope="module")
def quiz1() -> list[list[float]]:
    return lecture_quiz1()


@pytest.mark.parametrize("criterion", COSTS)
def test_one_feature_is_exercise_1_bit_for_bit(criterion: str, exercise1: list[list[float]]) -> None:
    assert trained(EXERCISE_X, EXERCISE_Y, 0.01, COSTS[criterion]) == exercise1


@pytest.mark.parametrize("criterion", COSTS)
def test_three_features_are_quiz_1_bit_for_bit(criterion: str, quiz1: list[list[float]]) -> None:
    assert trained(QUIZ_X, QUIZ_Y, 1e-5, COSTS[criterion]) == quiz1


def test_one_feature_is_the_lectures_product_on_any_rows_bit_for_bit() -> None:
    x = torch.randn(1000, 1, generator=torch.Generator().manual_seed(3))
    w = torch.full((1,), 0.3, requires_grad=True)
    b = torch.full((1,), -0.7, requires_grad=True)
    mse_loss(x * w + b, x.square()).backward()
    model = LinearRegression(np.array([0.3, -0.7]), dtype=torch.float32)
    mse_loss(model(x), x.square()).backward()
    assert [gradient.item() for p in model.parameters() if (gradient := p.grad) is not None] == [
        gradient.item() for p in (w, b) if (gradient := p.grad) is not None
    ]


@pytest.mark.parametrize("n_features", [1, 4])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_sparse_model_has_the_dense_ones_values_and_gradients(
    n_features: int, bias: bool, dtype: torch.dtype
) -> None:
    generator = torch.Generator().manual_seed(1)
    X = torch.randn(20, n_features, generator=generator, dtype=dtype)
    y = torch.randn(20, 1, generator=generator, dtype=dtype)
    initial = np.arange(1.0, n_features + bias + 1)
    gradients = []
    for model in (LinearRegression(initial, bias, dtype), SparseLinearRegression(initial, bias, dtype)):
        cost = mse_loss(model(X), y)
        cost.backward()
        found = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
        assert all(gradient.is_sparse == isinstance(model, SparseLinearRegression) for gradient in found)
        gradients.append(torch.cat([gradient.to_dense().flatten() for gradient in found]))
    assert len(gradients[0]) == n_features + bias
    torch.testing.assert_close(gradients[0], gradients[1], rtol=0, atol=0)


def test_sparse_adam_on_the_sparse_model_is_adam_on_the_dense_one() -> None:
    models = [LinearRegression(np.zeros(4)), SparseLinearRegression(np.zeros(4))]
    # Adam adds eps elsewhere than SparseAdam does: with a vanishing eps the two are the same.
    adam = torch.optim.Adam(models[0].parameters(), lr=0.1, eps=1e-30)
    sparse_adam = torch.optim.SparseAdam(models[1].parameters(), lr=0.1, eps=1e-30)
    optimizers: list[torch.optim.Optimizer] = [adam, sparse_adam]
    for _ in range(50):
        for model, optimizer in zip(models, optimizers, strict=True):
            cost = mse_loss(model(QUIZ_X.double()), QUIZ_Y.double())
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
    dense, sparse = (nn.utils.parameters_to_vector(model.parameters()) for model in models)
    torch.testing.assert_close(sparse, dense, rtol=1e-11, atol=1e-11)


def test_the_sparse_model_predicts_what_an_embedding_bag_does() -> None:
    bag = nn.EmbeddingBag(4, 1, mode="sum", sparse=True, dtype=torch.float64)
    rows = torch.cat([QUIZ_X, torch.ones(5, 1)], dim=1).double()
    expected = bag(torch.arange(4).repeat(5, 1), per_sample_weights=rows)
    model = SparseLinearRegression(bag.weight.detach().numpy().ravel())
    torch.testing.assert_close(model(QUIZ_X.double()), expected)


@pytest.mark.parametrize("kind", [LinearRegression, SparseLinearRegression])
def test_without_a_bias_only_the_weights_are_parameters(kind: type[LinearRegression]) -> None:
    model = kind(np.array([2.0, 3.0]), bias=False)
    assert [name for name, _ in model.named_parameters()] == ["weight"]
    assert model(torch.tensor([[10.0, 100.0]], dtype=torch.float64)).tolist() == [[320.0]]


def test_the_model_owns_its_parameters() -> None:
    initial = np.array([1.0, 2.0])
    model = LinearRegression(initial)
    with torch.no_grad():
        model.weight.fill_(9.0)
    assert initial.tolist() == [1.0, 2.0]
    assert model.bias is not None
    assert model.bias.tolist() == [2.0]
