"""Every optimizer of the installed torch: found, given its options, and seen to train."""

import copy
from typing import Any, Literal, Optional, Union

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from linreg.errors import LinregError
from linreg.nn.linear import LinearRegression, SparseLinearRegression
from linreg.optim import optimizers
from linreg.optim.options import option_defaults, shown
from linreg.optim.state import load_exactly

NAMES = optimizers.names()
X = torch.randn(50, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
X = (X - X.mean(0)) / X.std(0)
Y = X @ torch.tensor([[1.0], [-2.0], [0.5]], dtype=torch.float64) + 3


def gradient_of(model: nn.Module) -> Tensor:
    cost: Tensor = (model(X) - Y).square().mean()
    torch.autograd.backward(cost)
    return cost


def train(model: nn.Module, optimizer: torch.optim.Optimizer, n_epochs: int) -> list[float]:
    costs = []

    def closure() -> Tensor:
        optimizer.zero_grad()
        return gradient_of(model)

    for _ in range(n_epochs):
        costs.append(closure().item())
        step: Any = optimizer.step
        step(closure) if optimizers.needs_closure(type(optimizer)) else step()
    return costs


def model_for(optimizer: type[torch.optim.Optimizer]) -> LinearRegression:
    kind = SparseLinearRegression if optimizers.needs_sparse_gradients(optimizer) else LinearRegression
    return kind(np.zeros(4))


def test_the_lectures_optimizers_are_all_found() -> None:
    slide = {"Adadelta", "Adagrad", "Adam", "AdamW", "SparseAdam", "Adamax", "ASGD", "LBFGS", "RMSprop", "Rprop", "SGD"}
    assert slide <= set(NAMES)
    assert "Optimizer" not in NAMES
    assert sorted(NAMES) == NAMES


def test_an_optimizer_that_torch_gains_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.optim, "Newcomer", type("Newcomer", (torch.optim.SGD,), {}), raising=False)
    assert "Newcomer" in optimizers.names()
    assert optimizers.find("newcomer").__name__ == "Newcomer"


@pytest.mark.parametrize("typed", ["rmsprop", "RMSPROP", " RMSprop "])
def test_a_name_is_found_in_any_case(typed: str) -> None:
    assert optimizers.find(typed) is torch.optim.RMSprop


def test_an_unknown_name_gets_the_nearest_and_where_to_look() -> None:
    with pytest.raises(LinregError, match=r"'rmspropp' \(did you mean 'RMSprop'\?\); see `linreg optimizers`"):
        optimizers.find("rmspropp")
    with pytest.raises(LinregError, match="no optimizer 'Optimizer'"):
        optimizers.find("Optimizer")
    with pytest.raises(LinregError) as caught:
        optimizers.find("\x1b[31mSGD\u202e")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", NAMES)
def test_every_optimizer_reduces_the_cost(name: str) -> None:
    cls = optimizers.find(name)
    model = model_for(cls)
    rate = {"Adadelta": 10.0, "Adafactor": 1.0}.get(name, 0.05)  # these two scale their steps down
    costs = train(model, optimizers.build(cls, model, rate, optimizers.parse_options(cls, {})), 60)
    assert np.isfinite(costs).all()
    assert costs[-1] < 0.9 * costs[0]


@pytest.mark.parametrize("name", NAMES)
def test_every_optimizer_trains_a_module_of_the_users_at_its_own_rate_in_float32(name: str) -> None:
    cls = optimizers.find(name)
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    optimizer = optimizers.build(cls, model, None, {})
    expected = optimizers.default_learning_rate(cls)
    assert all(group["lr"] == expected for group in optimizer.param_groups)
    before = nn.utils.parameters_to_vector(model.parameters()).clone()
    model.double()
    train(model, optimizer, 3)
    assert not torch.equal(nn.utils.parameters_to_vector(model.parameters()).float(), before)


@pytest.mark.parametrize("name", NAMES)
def test_no_optimizer_moves_parameters_whose_gradient_is_zero(name: str) -> None:
    cls = optimizers.find(name)
    model = LinearRegression(np.array([1.0, -2.0, 3.0]))
    optimizer = optimizers.build(cls, model, 0.1, optimizers.parse_options(cls, {}))

    def closure() -> Tensor:
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        return torch.tensor(0.0)

    step: Any = optimizer.step
    for _ in range(3):
        closure()
        step(closure) if optimizers.needs_closure(cls) else step()
    assert nn.utils.parameters_to_vector(model.parameters()).tolist() == [1.0, -2.0, 3.0]


def test_decay_that_is_asked_for_decays() -> None:
    options = optimizers.parse_options(torch.optim.AdamW, {"weight_decay": "0.5"})
    model = LinearRegression(np.ones(2))
    optimizer = optimizers.build(torch.optim.AdamW, model, 0.1, options)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    assert model.weight.item() == pytest.approx(1 - 0.1 * 0.5)


@pytest.mark.parametrize("name", NAMES)
def test_every_default_reads_back_as_it_is_shown(name: str) -> None:
    cls = optimizers.find(name)
    defaults = option_defaults(cls)
    assert optimizers.parse_options(cls, {key: shown(value) for key, value in defaults.items()}) == defaults


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("SGD", {"momentum": "0.9"}, {"momentum": 0.9}),
        ("SGD", {"momentum": 1}, {"momentum": 1.0}),
        ("SGD", {"weight_decay": "1e-3"}, {"weight_decay": 1e-3}),
        ("SGD", {"nesterov": "yes", "momentum": 0.5}, {"nesterov": True, "momentum": 0.5}),
        ("SGD", {"nesterov": "0", "foreach": "TRUE"}, {"nesterov": False, "foreach": True}),
        ("SGD", {"foreach": "none", "fused": None}, {"foreach": None, "fused": None}),
        ("SGD", {"maximize": "false"}, {"maximize": False}),
        ("Adam", {"betas": "0.9,0.99"}, {"betas": (0.9, 0.99)}),
        ("Adam", {"betas": "(0.9, 0.99)"}, {"betas": (0.9, 0.99)}),
        ("Adam", {"betas": [0.9, 0.99]}, {"betas": (0.9, 0.99)}),
        ("Adafactor", {"eps": "none, 0.01"}, {"eps": (None, 0.01)}),
        ("LBFGS", {"max_iter": "7", "max_eval": 9}, {"max_iter": 7, "max_eval": 9}),
        ("LBFGS", {"line_search_fn": "strong_wolfe"}, {"line_search_fn": "strong_wolfe"}),
        ("Rprop", {"step_sizes": "1e-9,1"}, {"step_sizes": (1e-9, 1.0)}),
    ],
)
def test_options_become_what_the_signature_wants(name: str, options: dict[str, Any], expected: dict[str, Any]) -> None:
    parsed = optimizers.parse_options(optimizers.find(name), options)
    for key, value in expected.items():
        assert parsed[key] == value
        assert type(parsed[key]) is type(value)


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("SGD", {"momentun": "0.9"}, "SGD has no option 'momentun' (did you mean 'momentum'?); it has momentum, "),
        ("SGD", {"lr": "0.1"}, "use --learning-rate"),
        ("SGD", {"params": "w"}, "the parameters are those of the model"),
        ("SGD", {"momentum": "fast"}, "SGD's option momentum takes a number, not 'fast'."),
        ("SGD", {"momentum": True}, "momentum takes a number, not True."),
        ("SGD", {"momentum": "nan"}, "momentum takes a number, not 'nan'."),
        ("SGD", {"momentum": None}, "momentum takes a number, not None."),
        ("SGD", {"nesterov": "maybe"}, "nesterov takes true or false, not 'maybe'."),
        ("SGD", {"nesterov": 0.5}, "nesterov takes true or false, not 0.5."),
        ("SGD", {"foreach": "2"}, "foreach takes true or false or none, not '2'."),
        ("SGD", {"maximize": "true"}, "SGD cannot be used with maximize: it would climb the cost"),
        ("Adam", {"differentiable": True}, "Adam cannot be used with differentiable: "),
        ("Adam", {"betas": "0.9"}, "betas takes 2 values such as 0.9,0.999, not '0.9'."),
        ("Adam", {"betas": "0.9,0.9,0.9"}, "betas takes 2 values"),
        ("Adam", {"betas": 0.9}, "betas takes 2 values"),
        ("LBFGS", {"max_iter": "2.5"}, "max_iter takes a whole number, not '2.5'."),
        ("LBFGS", {"max_iter": 2.0}, "max_iter takes a whole number, not 2.0."),
        ("SGD", {"momentum": "-1"}, "SGD cannot be used with momentum=-1: Invalid momentum value: -1.0."),
        ("SGD", {"nesterov": "true"}, "SGD cannot be used with nesterov=true: Nesterov momentum requires"),
        ("SGD", {"momentum": "\x1b[2J"}, "\\x1b[2J"),
    ],
)
def test_a_wrong_option_is_one_sentence(name: str, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LinregError) as caught:
        optimizers.parse_options(optimizers.find(name), options)
    assert sentence in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("Muon", {"ns_steps": "100"}, "Muon cannot be used with ns_steps=100: "),
        ("LBFGS", {"line_search_fn": "wolfe"}, "LBFGS cannot be used with line_search_fn=wolfe: only 'strong_wolfe'"),
        ("Adam", {"capturable": "true"}, "Adam cannot be used with capturable=true: "),
    ],
)
def test_what_fails_only_at_the_first_step_is_told_before_it(name: str, options: dict[str, Any], sentence: str) -> None:
    cls = optimizers.find(name)
    with pytest.raises(LinregError) as caught:
        optimizers.build(cls, model_for(cls), None, optimizers.parse_options(cls, options))
    assert sentence in str(caught.value)


def test_muon_gets_w_and_adamw_gets_b() -> None:
    model, alone = LinearRegression(np.ones(4)), LinearRegression(np.ones(4))
    assert alone.bias is not None
    together = optimizers.build(torch.optim.Muon, model, 0.1, {"momentum": 0.5})
    muon: Any = torch.optim.Muon([alone.weight], lr=0.1, momentum=0.5, weight_decay=0.0)
    adamw = torch.optim.AdamW([alone.bias], lr=0.1, weight_decay=0.0)
    for _ in range(20):
        together.zero_grad()
        alone.zero_grad()
        gradient_of(model)
        gradient_of(alone)
        together.step()
        muon.step()
        adamw.step()
    assert [parameter.tolist() for parameter in model.parameters()] == [p.tolist() for p in alone.parameters()]


def test_muon_without_a_bias_needs_no_companion() -> None:
    model = LinearRegression(np.ones(3), bias=False)
    assert type(optimizers.build(torch.optim.Muon, model, None, {})) is torch.optim.Muon


def test_muon_with_nothing_but_a_bias_is_refused() -> None:
    with pytest.raises(LinregError, match="Muon trains only matrices, and this model has none; use AdamW"):
        optimizers.build(torch.optim.Muon, nn.ParameterList([torch.ones(2)]), None, {})


@pytest.mark.parametrize("name", NAMES)
def test_loading_an_earlier_state_repeats_the_same_costs(name: str) -> None:
    cls = optimizers.find(name)
    model = model_for(cls)
    optimizer = optimizers.build(cls, model, 0.05, {})
    train(model, optimizer, 5)
    state = copy.deepcopy((model.state_dict(), optimizer.state_dict()))
    first = train(model, optimizer, 10)
    model.load_state_dict(state[0])
    load_exactly(optimizer, state[1])
    assert train(model, optimizer, 10) == first


@pytest.mark.parametrize("name", NAMES)
def test_a_learning_rate_set_between_two_steps_is_used_by_the_next(name: str) -> None:
    cls = optimizers.find(name)
    if cls in (torch.optim.Rprop, torch.optim.ASGD):
        pytest.skip("Rprop takes its rate for its first step only, ASGD one step late")
    moved = []
    for rate in (0.05, 0.0):
        model = model_for(cls)
        optimizer = optimizers.build(cls, model, 0.05, {})
        train(model, optimizer, 2)
        before = nn.utils.parameters_to_vector(model.parameters()).clone()
        for group in optimizer.param_groups:
            group["lr"] = rate
        train(model, optimizer, 1)
        moved.append((nn.utils.parameters_to_vector(model.parameters()) - before).abs().max().item())
    assert moved[0] > 0
    assert moved[1] == 0


def test_a_dense_gradient_reaches_sparse_adam_as_a_sparse_one() -> None:
    dense, sparse = LinearRegression(np.ones(4)), SparseLinearRegression(np.ones(4))
    costs = [train(model, optimizers.build(torch.optim.SparseAdam, model, 0.1, {}), 30) for model in (dense, sparse)]
    np.testing.assert_allclose(costs[0], costs[1], rtol=1e-12)


def test_a_model_with_nothing_to_train_is_refused() -> None:
    with pytest.raises(LinregError, match="no parameters to train"):
        optimizers.build(torch.optim.SGD, nn.Identity(), 0.1, {})


class Demanding(torch.optim.SGD):
    """An optimizer without a learning rate of its own."""

    def __init__(self, params: Any, lr: float) -> None:
        super().__init__(params, lr=lr)


def test_an_optimizer_without_a_learning_rate_of_its_own_asks_for_one() -> None:
    model = LinearRegression(np.ones(2))
    with pytest.raises(LinregError, match="give one with --learning-rate"):
        optimizers.build(Demanding, model, None, {})
    assert optimizers.build(Demanding, model, 0.1, {}).param_groups[0]["lr"] == 0.1


class OldStyle(torch.optim.SGD):
    """Annotated as torch was before it took up ``|``, with one annotation as text and one missing."""

    def __init__(
        self,
        params: Any,
        lr: "float | Tensor" = 0.1,
        betas: tuple[Union[float, Tensor], float] = (0.9, 0.99),  # noqa: UP007
        foreach: Optional[bool] = None,  # noqa: UP045
        decoupled: "bool" = False,
        unknown: "NoSuchType" = 3,  # type: ignore[name-defined]  # noqa: F821
        mode: Literal["fast", "exact"] = "fast",
    ) -> None:
        super().__init__(params, lr=lr)


def test_older_styles_of_annotation_are_understood() -> None:
    typed = {"betas": "0.5,0.6", "foreach": "true", "decoupled": "yes", "unknown": "4", "mode": "exact"}
    assert optimizers.parse_options(OldStyle, typed) == {
        "betas": (0.5, 0.6),
        "foreach": True,
        "decoupled": True,
        "unknown": 4,
        "mode": "exact",
    }
    with pytest.raises(LinregError, match="OldStyle's option mode takes fast or exact, not 'slow'"):
        optimizers.parse_options(OldStyle, {"mode": "slow"})


def test_the_list_says_what_is_special_about_each() -> None:
    listed = {info.name: info for info in optimizers.describe()}
    assert list(listed) == NAMES
    assert all(info.usable for info in listed.values())
    assert listed["SGD"].note == ""
    assert listed["LBFGS"].note == "calls the closure several times an epoch"
    assert listed["SparseAdam"].note == "sparse gradients, through an embedding"
    assert listed["Muon"].note == "w only; b by AdamW; weight_decay 0 here, 0.1 in torch"
    assert listed["AdamW"].note == "weight_decay 0 here, 0.01 in torch"
    assert listed["ASGD"].note == "lambd 0 here, 0.0001 in torch"
    assert listed["Adam"].options["betas"] == "0.9,0.999"
    assert listed["Adadelta"].learning_rate == 1.0


def test_an_optimizer_that_cannot_step_is_listed_as_not_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(torch.optim.SGD):
        def step(self, closure: Any = None) -> Any:
            raise RuntimeError("no steps today")

    monkeypatch.setattr(torch.optim, "Broken", Broken, raising=False)
    info = next(info for info in optimizers.describe() if info.name == "Broken")
    assert not info.usable
    assert "no steps today" in info.note
