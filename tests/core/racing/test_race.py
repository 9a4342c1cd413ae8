"""A race: who runs, that each runs as it would alone, and that what is counted is what a plain loop counts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lecture
import linreg
from linreg import LinregError, Recipe
from linreg.data import bundled
from linreg.phase import Phase
from linreg.racing.descent import Descent
from linreg.racing.entries import Choices, entries
from linreg.racing.race import TOLERANCES, Race, pose_race
from linreg.racing.standings import Standing, standings

EVERY_ENGINE = Choices(
    optimizers=["SGD", "Adam", "LBFGS"],
    learning_rates=[0.1, 0.03],
    settings={"momentum": [0.0, 0.9], "max_iter": [3]},
    batch_sizes=[None, 8],
)


def _raced(recipe: Recipe, choices: Choices) -> Race:
    race = pose_race(entries(recipe, choices))
    for _ in race.run():
        pass
    return race


def _by_name(race: Race) -> dict[str, Standing]:
    return {standing.entry.name: standing for standing in standings(race)}


def _costs_alone(recipe: Recipe) -> list[float]:
    """Every epoch's cost, then that of the last parameters."""
    trainer = linreg.train(recipe)
    costs = [cost for trace in trainer for cost in trace.cost.tolist()]
    return [*costs, trainer.result().cost]


def _first(costs: Sequence[float], least: float, tolerance: float) -> int | None:
    for epoch, cost in enumerate(costs):
        if (cost - least) / least <= tolerance:
            return epoch
    return None


def _least_squares_cost(data: str) -> float:
    rows = np.loadtxt(Path(bundled.find(data).data), delimiter=",", skiprows=1)
    design = np.column_stack([rows[:, :-1], np.ones(len(rows))])
    answer = np.linalg.lstsq(design, rows[:, -1])[0]
    return float(np.mean((design @ answer - rows[:, -1]) ** 2))


def test_each_racer_ends_where_it_would_alone() -> None:
    race = _raced(replace(bundled.find("houses"), epochs=5), EVERY_ENGINE)
    assert {racer.trainer.engine.name for racer in race.racers} == {"spectral", "gram", "analytic"}
    for racer in race.racers:
        alone = linreg.train(racer.entry.recipe)
        costs = np.concatenate([trace.cost for trace in alone])
        assert racer.trainer.parameters.tolist() == alone.parameters.tolist(), racer.entry.name
        series = racer.history.series("cost", 1000)
        assert series.final.tolist() == costs.tolist()


@pytest.mark.parametrize("sizes", [[3, 1], [7, None, 2], [3, 7]])
def test_a_batch_of_all_rows_races_beside_smaller_ones(sizes: list[int | None]) -> None:
    recipe = replace(bundled.find("exercise1"), epochs=20)
    race = _raced(recipe, Choices(batch_sizes=sizes))
    for racer, size in zip(race.racers, sizes, strict=True):
        alone = linreg.train(replace(recipe, batch_size=size))
        for _ in alone:
            pass
        assert racer.trainer.parameters == pytest.approx(alone.parameters, rel=1e-12)


def test_first_epochs_are_those_that_a_plain_loop_counts() -> None:
    recipe = replace(bundled.find("houses"), epochs=400)
    choices = Choices(optimizers=["SGD", "Adam"], learning_rates=[0.1, 0.3, 20.0], settings={"momentum": [0, 0.9]})
    least = _least_squares_cost("houses")
    race = _raced(recipe, choices)
    found = set()
    for standing in standings(race):
        costs = _costs_alone(standing.entry.recipe)
        expected = [_first(costs, least, tolerance) for tolerance in TOLERANCES]
        assert [each and each.epochs for each in standing.reached] == expected, standing.entry.name
        found.update(expected)
    assert None in found  # some never came so near, and the others did at different epochs
    assert len(found) > 4


def test_an_engine_that_does_not_know_the_excess_cost_is_held_to_least_squares_as_well() -> None:
    recipe = replace(bundled.find("houses"), epochs=120, engine="autograd")
    race = _raced(recipe, Choices(learning_rates=[0.1, 0.3]))
    least = _least_squares_cost("houses")
    for racer, standing in zip(race.racers, _by_name(race).values(), strict=True):
        costs = _costs_alone(standing.entry.recipe)
        expected = [_first(costs, least, tolerance) for tolerance in TOLERANCES]
        assert [each and each.epochs for each in standing.reached] == expected
        excess = racer.history.series("excess", 1000).final
        assert excess == pytest.approx(np.array(_costs_alone(racer.entry.recipe)[:-1]) - least, abs=1e-9 * least)


def test_without_least_squares_the_best_cost_of_all_is_what_counts() -> None:
    recipe = replace(bundled.find("outlier"), epochs=300, criterion="L1Loss")
    race = _raced(recipe, Choices(optimizers=["SGD", "Adam"], learning_rates=[0.1, 0.5, 1.0]))
    costs = {racer.entry.name: _costs_alone(racer.entry.recipe) for racer in race.racers}
    best = min(min(each) for each in costs.values())
    assert not race.yardstick.is_exact
    assert race.yardstick.least == best
    for name, standing in _by_name(race).items():
        expected = [_first(costs[name], best, tolerance) for tolerance in TOLERANCES]
        assert [each and each.epochs for each in standing.reached] == expected
        assert standing.excess_cost == (costs[name][-1] - best) / best


def test_a_racer_is_as_fast_as_a_loop_in_plain_torch() -> None:
    x, y = (torch.tensor(rows, dtype=torch.float64) for rows in lecture.EXERCISE1)
    w, b = (torch.zeros(1, dtype=torch.float64, requires_grad=True) for _ in range(2))
    optimizer = torch.optim.Adam([w, b], lr=0.1)
    costs = []
    for _ in range(301):
        cost = torch.mean((x * w + b - y) ** 2)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
    race = _raced(replace(bundled.find("exercise1"), epochs=300), Choices(optimizers=["Adam"], learning_rates=[0.1]))
    (standing,) = standings(race)
    expected = [_first(costs, 1 / 6, tolerance) for tolerance in TOLERANCES]
    assert None not in expected
    assert [each and each.epochs for each in standing.reached] == expected
    assert [*standing.result.w.values(), standing.result.b] == pytest.approx([w.item(), b.item()], rel=1e-9)


def test_the_parameters_after_the_last_step_count_too() -> None:
    recipe = replace(bundled.find("exercise1"), learning_rate=0.1)

    def reached(**changes: Any) -> int | None:
        (standing,) = standings(_raced(replace(recipe, **changes), Choices()))
        fine = standing.reached[1]
        return None if fine is None else fine.epochs

    n_epochs = reached()
    assert n_epochs is not None
    assert reached(epochs=n_epochs - 1) == n_epochs  # epochs 0 to n - 1 are n steps
    assert reached(epochs=n_epochs - 2) is None
    assert reached(epochs=5, criterion="HuberLoss") == 6  # each step lowers the cost: the last is the best there is


@pytest.mark.parametrize("seed", range(20))
def test_a_descent_answers_as_all_values_would(seed: int) -> None:
    generator = np.random.default_rng(seed)
    values = np.cumsum(generator.normal(-0.1, 1.0, 500)) + 40
    values[generator.integers(0, 500, 5)] = np.nan
    values[generator.integers(0, 500, 2)] = np.inf
    descent, start = Descent(), 0
    while start < len(values):
        end = min(len(values), start + int(generator.integers(1, 90)))
        ceiling = float(np.nanmin(values[:end])) + 20
        descent.add(start, values[start:end], np.arange(start, end, dtype=np.float64) / 2, ceiling)
        start = end
    for goal in [*generator.uniform(values[np.isfinite(values)].min() - 1, ceiling, 50), ceiling, descent.lowest]:
        below = [epoch for epoch, value in enumerate(values) if value <= goal]
        reached = descent.first(float(goal))
        assert (reached and (reached.epochs, reached.seconds)) == ((below[0], below[0] * 0.5) if below else None)


def test_the_racers_are_the_product_of_the_choices_in_the_order_given() -> None:
    choices = Choices(
        optimizers=["adam", "SGD"], learning_rates=[0.1, "auto"], settings={"momentum": ["0", "0.9"], "eps": ["1e-8"]}
    )
    assert [entry.name for entry in entries(Recipe(), choices)] == [
        "Adam, learning rate 0.1, eps=1e-8",
        "Adam, learning rate auto, eps=1e-8",
        "SGD, learning rate 0.1, momentum=0",
        "SGD, learning rate 0.1, momentum=0.9",
        "SGD, learning rate auto, momentum=0",
        "SGD, learning rate auto, momentum=0.9",
    ]
    tried = entries(Recipe(), Choices(batch_sizes=[None, 8], inits=["zeros", "normal"], seeds=[0, 1]))
    assert len(tried) == 8
    assert tried[0].name == "SGD, learning rate auto, full batch, init zeros, seed 0"
    assert (tried[-1].recipe.batch_size, tried[-1].recipe.init, tried[-1].recipe.seed) == (8, "normal", 1)


def test_the_same_racer_twice_runs_once() -> None:
    assert len(entries(Recipe(), Choices(optimizers=["SGD", "sgd"], learning_rates=[0.1, "0.1", 0.10]))) == 1


def test_the_recipes_own_options_stay_with_its_own_optimizer() -> None:
    recipe = Recipe(optimizer="sgd", options={"momentum": 0.5})
    by_optimizer = {
        entry.recipe.optimizer: entry.recipe for entry in entries(recipe, Choices(optimizers=["SGD", "Adam"]))
    }
    assert by_optimizer["SGD"].options == {"momentum": 0.5}
    assert by_optimizer["Adam"].options == {}


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        (Choices(optimizers=["Adamm"]), r"no optimizer 'Adamm' \(did you mean 'Adam'\?\)"),
        (
            Choices(optimizers=["SGD", "Adam"], settings={"momentun": ["1"]}),
            "none of SGD, Adam has an option 'momentun'",
        ),
        (Choices(optimizers=["Adam"], settings={"momentum": ["1"]}), "Adam has no option 'momentum'"),
        (
            Choices(optimizers=["Adam"], settings={"betas": ["1"]}),
            "^Adam, learning rate auto, betas=1: .*betas takes 2",
        ),
        (Choices(settings={"lr": ["1"]}), "^SGD, learning rate auto, lr=1: lr cannot be set"),
        (Choices(learning_rates=[0.1, 0]), "--learning-rate takes a number above 0"),
        (Choices(seeds=range(1001)), "more than 1,000 racers"),
    ],
)
def test_a_choice_that_cannot_be_used_is_one_sentence(choices: Choices, sentence: str) -> None:
    with pytest.raises(LinregError, match=sentence):
        pose_race(entries(Recipe(data=bundled.find("exercise1").data), choices))


def test_an_engine_that_serves_one_of_two_names_the_other() -> None:
    recipe = replace(bundled.find("exercise1"), engine="spectral")
    with pytest.raises(LinregError, match=r"^Adam, learning rate 0\.01: the spectral engine cannot serve"):
        pose_race(entries(recipe, Choices(optimizers=["SGD", "Adam"])))


def test_rows_moments_and_curvature_are_there_once() -> None:
    from linreg.engines.autograd import AutogradEngine

    race = pose_race(entries(replace(bundled.find("houses"), epochs=3), EVERY_ENGINE))
    problems = [racer.trainer.problem for racer in race.racers]
    for shared in ("moments", "scaling", "table", "quadratic", "least_squares"):
        assert len({id(getattr(problem, shared)) for problem in problems}) == 1
    engines = [racer.trainer.engine for racer in race.racers]
    on_rows = [engine for engine in engines if isinstance(engine, AutogradEngine)]
    assert len(on_rows) > 1
    assert len({(engine.x.data_ptr(), engine.y.data_ptr()) for engine in on_rows}) == 1


def test_racers_take_turns_and_each_clock_counts_its_own_only() -> None:
    race = pose_race(entries(replace(bundled.find("houses"), epochs=3000), Choices(learning_rates=[0.1, 0.2, 0.3])))
    clocks, order = [0.0] * 3, []
    for racer, trace in race.run():
        turn = race.racers.index(racer)
        now = [each.trainer.seconds for each in race.racers]
        assert [then != there for then, there in zip(clocks, now, strict=True)] == [index == turn for index in range(3)]
        assert trace.last_epoch == racer.trainer.epoch
        clocks = now
        order.append(turn)
    assert order[:6] == [0, 1, 2, 0, 1, 2]
    for standing in standings(race):
        coarse, fine = standing.reached
        assert coarse is not None
        assert fine is not None
        assert 0 <= coarse.seconds <= fine.seconds <= standing.result.seconds


def test_one_that_diverges_ends_alone_and_has_no_place() -> None:
    race = _raced(bundled.find("exercise1"), Choices(learning_rates=[5.0, 0.01, 0.1]))
    ranking = standings(race)
    assert [standing.result.learning_rate for standing in ranking] == [0.1, 0.01, 5.0]
    assert [standing.result.status.value for standing in ranking] == ["finished", "finished", "diverged"]
    assert [standing.place_by_epochs for standing in ranking] == [1, 2, None]
    assert ranking[-1].place_by_seconds is None
    assert race.epoch == race.last_epoch


def test_whoever_diverged_after_having_been_near_comes_last_all_the_same() -> None:
    race = _raced(bundled.find("exercise1"), Choices(learning_rates=[0.1, 0.01]))
    race.racers[0].trainer.status = Phase.DIVERGED
    best, last = standings(race)
    assert (best.place_by_epochs, last.place_by_epochs, last.place_by_seconds) == (1, None, None)
    assert last.entry is race.racers[0].entry
    assert None not in last.reached


def test_a_race_that_is_interrupted_keeps_what_was_reached() -> None:
    race = pose_race(entries(bundled.find("exercise1"), Choices(learning_rates=[0.1, 0.2])))
    for number, _ in enumerate(race.run(), 1):
        if number == 5:
            race.interrupt("enough")
    assert {standing.result.status.value for standing in standings(race)} == {"interrupted"}
    assert 0 < race.epoch < 6001
    before = pose_race(entries(bundled.find("exercise1"), Choices(learning_rates=[0.1, 0.2])))
    assert [standing.place_by_epochs for standing in standings(before)] == [1, 1]


def test_nobody_who_fails_on_the_way_fails_without_a_name(tmp_path: Path) -> None:
    module = tmp_path / "tired.py"
    module.write_text(
        "import torch\n"
        "class Tired(torch.nn.Module):\n"
        "    def __init__(self, n_features):\n"
        "        super().__init__()\n"
        "        self.linear, self.n_calls = torch.nn.Linear(n_features, 1), 0\n"
        "    def forward(self, x):\n"
        "        self.n_calls += 1\n"
        "        if self.n_calls > 20:\n"
        "            raise ValueError('tired')\n"
        "        return self.linear(x)\n"
    )
    recipe = replace(bundled.find("exercise1"), module=f"{module}:Tired")
    race = pose_race(entries(recipe, Choices(learning_rates=[0.1, 0.2])))
    with pytest.raises(LinregError, match=r"^SGD, learning rate 0\.[12]: .*tired"):  # whose block is longer fails first
        for _ in race.run():
            pass


@pytest.mark.parametrize("measure", ["epochs", "seconds"])
def test_places_go_by_the_finer_tolerance_then_the_coarser_then_what_is_left(measure: str) -> None:
    recipe = replace(bundled.find("exercise1"), epochs=100)
    ranking = standings(_raced(recipe, Choices(learning_rates=[0.6, 0.5, 0.4, 0.2, 0.15, 0.1, 0.05, 2.0])))

    def way(standing: Standing) -> tuple[Any, ...]:
        coarse, fine = (each and getattr(each, measure) for each in standing.reached)
        return (fine is None, fine or 0, coarse is None, coarse or 0, standing.excess_cost if fine is None else 0)

    places: Callable[[Standing], Any] = lambda standing: getattr(standing, f"place_by_{measure}")  # noqa: E731
    ranked = sorted((each for each in ranking if places(each) is not None), key=places)
    assert [way(each) for each in ranked] == sorted(way(each) for each in ranked)
    kinds = {tuple(each is None for each in standing.reached) for standing in ranked}
    assert kinds == {(False, False), (False, True), (True, True)}
