"""The bundled data sets hold what their origins say, and teach what their titles claim."""

import csv
import importlib.util
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import linreg
from linreg.data import bundled
from linreg.data.bundled import bundled_folder, describe, find, names
from linreg.errors import LinregError

Array = NDArray[np.float64]

TAUGHT = {"exercise1", "quiz1", "quiz1-module", "houses", "valley", "outlier", "crowd"}


def read(name: str) -> tuple[list[str], list[list[str]]]:
    with open(find(name).data, newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def table(name: str) -> tuple[Array, Array]:
    values = np.array(read(name)[1], dtype=np.float64)
    return values[:, :-1], values[:, -1]


def numbers(name: str) -> list[tuple[Fraction, ...]]:
    return [tuple(Fraction(cell) for cell in row) for row in read(name)[1]]


# ---- the folder ----


def test_the_bundled_names_are_the_recipes_in_the_folder() -> None:
    assert set(names()) == TAUGHT == {path.stem for path in bundled_folder().iterdir() if path.suffix == ".toml"}
    assert names() == sorted(names())


def test_every_data_file_has_a_recipe() -> None:
    assert {path.stem for path in bundled_folder().glob("*.csv")} <= set(names())


@pytest.mark.parametrize("name", sorted(TAUGHT))
def test_a_bundled_recipe_spells_out_what_it_trains(name: str) -> None:
    written = tomllib.loads((bundled_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    assert {"title", "origin", "data", "target", "standardize", "learning_rate", "epochs", "every"} <= set(written)
    assert "\n" not in written["title"] + written["origin"]
    assert written["title"].isascii()
    assert written["origin"].isascii()


@pytest.mark.parametrize("name", sorted(TAUGHT))
def test_a_bundled_recipe_names_columns_that_its_file_has(name: str) -> None:
    recipe = find(name)
    header, rows = read(name)
    assert recipe.target == header[-1]
    assert set(recipe.features) | set(recipe.exclude) <= set(header)
    assert all(len(row) == len(header) for row in rows)
    assert recipe.title
    assert recipe.origin


@pytest.mark.parametrize("name", sorted(TAUGHT))
def test_the_commands_in_a_recipe_name_that_recipe(name: str) -> None:
    text = (bundled_folder() / f"{name}.toml").read_text(encoding="utf-8")
    commands = [line.removeprefix("#").split() for line in text.splitlines() if "linreg run" in line]
    assert commands
    assert all(command[:3] == ["linreg", "run", name] for command in commands)


def test_looking_at_the_bundled_data_imports_neither_torch_nor_polars_nor_numpy() -> None:
    program = (
        "import sys; from linreg.data.bundled import describe; describe(); "
        "print({'torch', 'polars', 'numpy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_an_installed_package_finds_the_data_inside_itself(tmp_path: Path) -> None:
    shutil.copytree(Path(linreg.__file__).parent, tmp_path / "linreg")
    shutil.copytree(bundled_folder(), tmp_path / "linreg" / "datasets")
    program = "from linreg.data.bundled import find; print(find('houses').data)"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "linreg" / "datasets" / "houses.csv")


def test_a_recipe_that_names_no_columns_is_summed_up_as_it_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.csv").write_text("id,x,z,y\n1,2,3,4\n\n5,6,7,8\n")
    (tmp_path / "mine.toml").write_text(
        'title = "t"\norigin = "o"\ndata = "mine.csv"\nexclude = ["z"]\nepochs = 1234\n'
    )
    monkeypatch.setattr(bundled, "bundled_folder", lambda: tmp_path)
    [found] = describe()
    assert (found.name, found.title, found.origin) == ("mine", "t", "o")
    assert (found.n_samples, found.n_features) == (2, 2)
    assert found.training == "SGD, learning rate auto, 1,234 epochs"


# ---- what DATA means ----


def test_a_bundled_name_is_its_recipe_with_the_path_of_its_data() -> None:
    recipe = find("exercise1")
    assert (recipe.learning_rate, recipe.last_epoch, recipe.every, recipe.standardize) == (0.01, 3000, 100, False)
    assert Path(recipe.data) == bundled_folder() / "exercise1.csv"


def test_a_file_with_a_bundled_name_is_reached_through_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("exercise1").write_text("a,b\n1,2\n")
    assert Path(find("exercise1").data) == bundled_folder() / "exercise1.csv"
    assert find("./exercise1").data == "./exercise1"


def test_a_bare_word_that_is_a_file_is_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("points").write_text("a,b\n1,2\n")
    assert find("points").data == "points"


@pytest.mark.parametrize("data", ["-", "missing.csv", "some/where", "./exercise", "/no/such/file", "many/*.parquet"])
def test_a_path_is_left_to_its_reader(data: str) -> None:
    recipe = find(data)
    assert recipe.data == data
    assert recipe.standardize


def test_an_unknown_word_names_the_nearest_data_set_and_the_command_that_lists_them() -> None:
    with pytest.raises(LinregError, match=r"^'excercise1' is neither .*did you mean 'exercise1'\?.*linreg datasets"):
        find("excercise1")


@pytest.mark.parametrize("word", ["", "\x1b[31mred", "a\0b", "\udcff", "x" * 5000])
def test_a_strange_word_is_refused_in_one_short_safe_sentence(word: str) -> None:
    with pytest.raises(LinregError) as caught:
        find(word)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize("file", ["mine.toml", "MINE.TOML"])
def test_a_path_ending_in_toml_is_a_recipe_relative_to_its_own_folder(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text('data = "points.csv"\nepochs = 7\nmodule = "my.py:Model"\n')
    recipe = find(str(tmp_path / file))
    assert recipe.epochs == 7
    assert recipe.data == str(tmp_path / "points.csv")
    assert recipe.module == f"{tmp_path / 'my.py'}:Model"


def test_a_recipe_that_is_missing_is_an_error() -> None:
    with pytest.raises(LinregError, match=r"^cannot read the recipe no/such\.toml: No such file or directory\.$"):
        find("no/such.toml")


def test_a_users_recipe_may_train_on_a_bundled_data_set(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('data = "houses"\nepochs = 7\n')
    recipe = find(str(tmp_path / "mine.toml"))
    assert (Path(recipe.data), recipe.epochs) == (bundled_folder() / "houses.csv", 7)


def test_in_a_users_recipe_a_file_beside_it_comes_before_a_bundled_name(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('data = "houses"\n')
    (tmp_path / "houses").write_text("a,b\n1,2\n")
    assert find(str(tmp_path / "mine.toml")).data == str(tmp_path / "houses")


def test_a_recipe_on_stdin_data_stays_on_stdin(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('data = "-"\n')
    assert find(str(tmp_path / "mine.toml")).data == "-"


def test_describing_counts_rows_and_features() -> None:
    shapes = {info.name: (info.n_samples, info.n_features) for info in describe()}
    assert shapes == {name: (len(table(name)[1]), table(name)[0].shape[1]) for name in names()}
    assert shapes["crowd"] == (4000, 8)


def test_describing_says_how_each_is_trained() -> None:
    training = {info.name: info.training for info in describe()}
    assert training["exercise1"] == "SGD, learning rate 0.01, 3,000 epochs"
    assert training["quiz1"] == "SGD, learning rate 1e-05, 1,000 epochs"


# ---- the values are what the origins say ----


def test_exercise1_is_the_lectures_three_points() -> None:
    x, y = table("exercise1")
    assert torch.equal(torch.tensor(x, dtype=torch.float32), torch.FloatTensor([[0], [1], [1]]))
    assert torch.equal(torch.tensor(y, dtype=torch.float32), torch.FloatTensor([0, 1, 2]))


@pytest.mark.parametrize("name", ["quiz1", "quiz1-module"])
def test_quiz1_is_the_lectures_five_students(name: str) -> None:
    x_train = torch.FloatTensor([[73, 80, 75], [93, 88, 93], [89, 91, 90], [96, 98, 100], [73, 66, 70]])
    y_train = torch.FloatTensor([152, 185, 180, 196, 142])
    x, y = table(name)
    assert torch.equal(torch.tensor(x, dtype=torch.float32), x_train)
    assert torch.equal(torch.tensor(y, dtype=torch.float32), y_train)


def test_quiz1_module_is_the_lectures_linear_layer() -> None:
    recipe = find("quiz1-module")
    assert recipe.module is not None
    file, _, name = recipe.module.rpartition(":")
    spec = importlib.util.spec_from_file_location("quiz1_module", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    torch.manual_seed(recipe.seed)
    model = getattr(module, name)()
    torch.manual_seed(recipe.seed)
    layer = torch.nn.Linear(3, 1)
    x = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(model(x), layer(x))
    assert (recipe.epochs, recipe.every, recipe.learning_rate, recipe.dtype) == (20, 1, 1e-5, "float32")


def test_houses_follow_the_formula_in_their_origin() -> None:
    def house(i: int) -> tuple[Fraction, ...]:
        area = 600 + 50 * (37 * i % 61)
        rooms = 1 + area // 700 + i % 3
        age = 29 * i % 71
        noise = Fraction(4, 10) * (17 * i**2 % 101 - 50)
        price = 50 + Fraction(12, 100) * area + 8 * rooms - Fraction(7, 10) * age + noise
        return Fraction(area), Fraction(rooms), Fraction(age), price

    assert numbers("houses") == [house(i) for i in range(60)]


def test_the_valley_follows_the_formula_in_its_origin() -> None:
    t = 2 * np.pi * np.arange(48) / 48
    left = 18 + 8 * np.sin(t)
    right = left + 0.3 * np.sin(2 * t)
    y = 5 + 3 * left - right + 0.2 * np.sin(3 * t)
    exact = np.column_stack([left, right, y])
    values = np.array(read("valley")[1], dtype=np.float64)
    assert np.abs(values - exact).max() <= 0.005 + 1e-12
    assert all(Decimal(cell).as_tuple().exponent == -2 for row in read("valley")[1] for cell in row)


def test_the_outlier_is_the_only_row_off_the_formula_in_its_origin() -> None:
    line = [(Fraction(i, 4), 1 + 2 * Fraction(i, 4) + Fraction(7 * i % 11 - 5, 20)) for i in range(21)]
    line[19] = (line[19][0], line[19][1] / 10)
    assert numbers("outlier") == line
    assert line[19][1] == Fraction("1.03")


def test_the_crowd_follows_the_generator_in_its_origin() -> None:
    def draws() -> Iterator[Fraction]:
        state = 1
        while True:
            state = 48271 * state % (2**31 - 1)
            yield Fraction(state % 2001 - 1000, 1000)

    weights = [Fraction(weight) for weight in ("4", "-3", "2", "-1", "0.5", "2.5", "-1.5", "0")]
    source = draws()
    rows = []
    for _ in range(4000):
        *x, noise = islice(source, 9)
        rows.append((*x, 2 + sum(w * value for w, value in zip(weights, x, strict=True)) + noise))
    assert numbers("crowd") == rows


# ---- the claims of the titles and comments ----


def design(X: Array, standardize: bool) -> Array:
    scaled = (X - X.mean(axis=0)) / X.std(axis=0, ddof=1) if standardize else X
    return np.column_stack([scaled, np.ones(len(X))])


def lowest_cost(A: Array, y: Array) -> float:
    return float(np.mean((A @ np.linalg.lstsq(A, y)[0] - y) ** 2))


def largest_stable(A: Array) -> float:
    return float(2 / np.linalg.eigvalsh(2 / len(A) * A.T @ A)[-1])


def descend(A: Array, y: Array, learning_rate: float, epochs: int, momentum: float = 0.0) -> tuple[Array, Array]:
    """Run epochs 0 to `epochs` on H θ − q; return the parameters and the costs so far, up to a non-finite one."""
    hessian, q, yy = 2 / len(y) * A.T @ A, 2 / len(y) * A.T @ y, y @ y / len(y)
    theta, velocity, costs = np.zeros(A.shape[1]), np.zeros(A.shape[1]), []
    with np.errstate(all="ignore"):
        for _ in range(epochs + 1):
            costs.append(theta @ hessian @ theta / 2 - q @ theta + yy)
            if not np.isfinite(costs[-1]):
                break
            velocity = momentum * velocity + hessian @ theta - q
            theta = theta - learning_rate * velocity
    return theta, np.array(costs)


def reached(costs: Array, lowest: float) -> int:
    """Find the first epoch from which the cost stays within 1e-6 of the lowest."""
    return int(np.flatnonzero(costs > lowest * (1 + 1e-6))[-1]) + 1


def own_units(theta: Array, X: Array) -> Array:
    weights = theta[:-1] / X.std(axis=0, ddof=1)
    return np.append(weights, theta[-1] - weights @ X.mean(axis=0))


@pytest.mark.parametrize(
    ("name", "standardize", "learning_rate"),
    [("exercise1", False, 1.0), ("quiz1", False, 1e-4), ("houses", False, 0.1), ("houses", True, 2.0)],
)
def test_the_rates_said_to_diverge_overflow_within_the_recipes_epochs(
    name: str, standardize: bool, learning_rate: float
) -> None:
    X, y = table(name)
    costs = descend(design(X, standardize), y, learning_rate, find(name).last_epoch)[1]
    assert not np.isfinite(costs[-1])


@pytest.mark.parametrize("name", ["exercise1", "quiz1", "houses", "valley", "outlier", "crowd"])
def test_every_recipes_own_rate_is_stable(name: str) -> None:
    X, y = table(name)
    recipe = find(name)
    assert isinstance(recipe.learning_rate, float)
    assert recipe.learning_rate < largest_stable(design(X, recipe.standardize))
    costs = descend(design(X, recipe.standardize), y, recipe.learning_rate, recipe.last_epoch)[1]
    assert costs[-1] < costs[0]


def test_the_stable_limits_quoted_in_the_recipes_are_right() -> None:
    quoted = {("exercise1", False): 0.658, ("quiz1", False): 4.5e-5, ("houses", True): 0.54, ("houses", False): 1.9e-7}
    limits = {(name, standardize): largest_stable(design(table(name)[0], standardize)) for name, standardize in quoted}
    assert limits == pytest.approx(quoted, rel=0.01)


def test_momentum_brings_exercise1_closer_by_epoch_200_than_3000_epochs_without() -> None:
    X, y = table("exercise1")
    A = design(X, False)
    momentum, plain = descend(A, y, 0.01, 200, momentum=0.9)[1][-1], descend(A, y, 0.01, 3000)[1][-1]
    assert momentum - 1 / 6 < plain - 1 / 6


def test_standardised_quiz1_takes_a_rate_ten_thousand_times_as_large() -> None:
    X, y = table("quiz1")
    slow, fast = descend(design(X, False), y, 1e-5, 1000)[1][-1], descend(design(X, True), y, 0.1, 1000)[1][-1]
    assert fast < slow / 5


def test_standardised_houses_converge_by_epoch_204_of_300() -> None:
    X, y = table("houses")
    A = design(X, True)
    assert reached(descend(A, y, 0.1, 300)[1], lowest_cost(A, y)) == 204


def test_raw_houses_multiply_the_error_by_a_million_every_epoch() -> None:
    X, y = table("houses")
    costs = descend(design(X, False), y, 0.1, 300)[1]
    assert np.sqrt(costs[2:20] / costs[1:19]) == pytest.approx(1e6, rel=0.1)
    assert len(costs) < 30


def test_raw_houses_at_a_safe_rate_leave_b_near_zero() -> None:
    X, y = table("houses")
    A = design(X, False)
    theta, costs = descend(A, y, 1e-7, 300)
    assert abs(theta[-1]) < 0.001
    assert abs(np.linalg.lstsq(A, y)[0][-1]) > 40
    assert costs[-1] > 4 * lowest_cost(A, y)


def test_the_valley_crawls_and_momentum_runs() -> None:
    X, y = table("valley")
    A = design(X, True)
    assert np.linalg.cond(A.T @ A) == pytest.approx(2854, abs=0.5)
    theta, _ = descend(A, y, 0.4, 1000)
    assert own_units(theta, X)[:2] == pytest.approx([1.84, 0.15], abs=0.006)
    assert np.linalg.lstsq(design(X, False), y)[0] == pytest.approx([3, -1, 5], abs=0.01)
    lowest = lowest_cost(A, y)
    assert reached(descend(A, y, 0.4, 1000, momentum=0.95)[1], lowest) == 542
    assert reached(descend(A, y, 0.4, 15000)[1], lowest) == 14572


def test_one_thermometer_fits_fast_but_worse() -> None:
    X, y = table("valley")
    alone, both = design(X[:, :1], True), design(X, True)
    assert reached(descend(alone, y, 0.4, 100)[1], lowest_cost(alone, y)) < 20
    assert lowest_cost(alone, y) > 2 * lowest_cost(both, y)


@pytest.mark.parametrize(
    ("criterion", "w", "b", "tolerance"),
    [("MSELoss", 1.58, 1.62, 0.006), ("HuberLoss", 1.97, 1.04, 0.006), ("L1Loss", 2.0, 0.99, 0.02)],
)
def test_squared_error_bends_to_the_outlier_and_the_robust_losses_do_not(
    criterion: str, w: float, b: float, tolerance: float
) -> None:
    recipe = find("outlier")
    assert isinstance(recipe.learning_rate, float)
    X, y = (torch.tensor(values) for values in table("outlier"))
    layer = torch.nn.Linear(1, 1, dtype=torch.float64)
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    loss, optimizer = getattr(torch.nn, criterion)(), torch.optim.SGD(layer.parameters(), lr=recipe.learning_rate)
    for _ in range(recipe.last_epoch + 1):
        optimizer.zero_grad()
        loss(layer(X), y[:, None]).backward()
        optimizer.step()
    assert layer.weight.item() == pytest.approx(w, abs=tolerance)
    assert layer.bias.item() == pytest.approx(b, abs=tolerance)


def batches(A: Array, y: Array, batch_size: int, epochs: int) -> Array:
    shuffle, theta, costs = np.random.default_rng(0), np.zeros(A.shape[1]), []
    for _ in range(epochs):
        order = shuffle.permutation(len(y))
        for start in range(0, len(y), batch_size):
            rows = order[start : start + batch_size]
            theta -= 0.1 * 2 / len(rows) * A[rows].T @ (A[rows] @ theta - y[rows])
        costs.append(np.mean((A @ theta - y) ** 2))
    return np.array(costs)


def test_one_epoch_of_mini_batches_beats_twenty_full_batches_on_the_crowd() -> None:
    X, y = table("crowd")
    A = design(X, False)
    assert lowest_cost(A, y) == pytest.approx(0.339, abs=0.0005)
    assert descend(A, y, 0.1, 20)[1][-1] == pytest.approx(1.18, abs=0.005)
    assert batches(A, y, 50, 1) == pytest.approx(0.34, abs=0.01)


def test_single_rows_never_settle_on_the_crowd() -> None:
    X, y = table("crowd")
    A = design(X, False)
    assert batches(A, y, 1, 3).min() > 1.15 * lowest_cost(A, y)


def test_a_bundled_set_is_known_by_its_data_and_its_title() -> None:
    assert {bundled.name_of(find(name).data, find(name).title) for name in names()} == set(names())
    houses = find("houses")
    for data, title in ((houses.data, ""), (houses.data, "other"), ("other.csv", houses.title)):
        assert bundled.name_of(data, title) is None


@pytest.mark.parametrize(
    ("said", "n_features"),
    [
        ('target = "id"', 3),
        ('exclude = ["id", "y"]', 1),
        ('features = ["x"]', 1),
        ('exclude = ["x"]', 2),
    ],
)
def test_features_are_counted_as_they_are_chosen(
    said: str, n_features: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.csv").write_text("id,x,z,y\n1,2,3,4\n")
    (tmp_path / "mine.toml").write_text(f'title = "t"\norigin = "o"\ndata = "mine.csv"\n{said}\n')
    monkeypatch.setattr(bundled, "bundled_folder", lambda: tmp_path)
    [found] = describe()
    assert found.n_features == n_features
