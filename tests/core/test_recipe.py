"""A recipe accepts what makes sense and refuses the rest in one sentence, whichever way the values came."""

import json
import math
import subprocess
import sys
import tomllib
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.checks import option_name
from linreg.dialect import DIALECT_KEYS, TextDialect
from linreg.errors import LinregError, nearest
from linreg.recipe import Recipe, load_recipe

NAMES = [entry.name for entry in fields(Recipe)]


def refusal(**choices: Any) -> str:
    with pytest.raises(LinregError) as caught:
        Recipe(**choices)
    return one_sentence(caught.value)


def one_sentence(problem: LinregError) -> str:
    message = str(problem)
    assert message.isprintable()
    assert message.endswith(".")
    assert not message.endswith("..")
    assert ". " not in message
    return message


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused_file(path: Path) -> str:
    with pytest.raises(LinregError) as caught:
        load_recipe(path)
    message = one_sentence(caught.value)
    assert str(path) in message
    return message


# ---- defaults ----


def test_the_defaults_are_those_of_the_command() -> None:
    recipe = Recipe()
    assert recipe.data == "exercise1"
    assert (recipe.target, recipe.features, recipe.exclude, recipe.drop_missing) == (None, (), (), False)
    assert (recipe.bias, recipe.standardize, recipe.epochs, recipe.every) == (True, True, "auto", None)
    assert (recipe.until_step, recipe.until_cost, recipe.batch_size) == (None, None, None)
    assert (recipe.learning_rate, recipe.optimizer, dict(recipe.options)) == ("auto", "SGD", {})
    assert (recipe.criterion, recipe.reduction, recipe.init, recipe.seed) == ("MSELoss", "mean", "zeros", 0)
    assert (recipe.module, recipe.device, recipe.dtype, recipe.engine) == (None, "auto", "auto", "auto")


def test_a_recipe_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        Recipe().epochs = 3  # type: ignore[misc]


def test_two_recipes_do_not_share_their_options() -> None:
    options = {"momentum": 0.9}
    recipe = Recipe(options=options)
    options["momentum"] = 0.1
    assert dict(recipe.options) == {"momentum": 0.9}


def test_reading_recipes_imports_the_standard_library_only() -> None:
    program = "import sys, linreg.recipe; print({'torch', 'polars', 'numpy', 'typer', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# ---- values ----


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [
        ({"learning_rate": "AUTO"}, "auto"),
        ({"learning_rate": "1e-3"}, 0.001),
        ({"learning_rate": 1}, 1.0),
        ({"learning_rate": np.float32(0.5)}, 0.5),
        ({"criterion": "l1loss"}, "L1Loss"),
        ({"criterion": "HUBERLOSS"}, "HuberLoss"),
        ({"reduction": "Sum"}, "sum"),
        ({"init": "Normal"}, "normal"),
        ({"dtype": "Float32"}, "float32"),
        ({"engine": "GRAM"}, "gram"),
        ({"features": ["b", "a"]}, ("b", "a")),
        ({"exclude": ("b", "a")}, ("b", "a")),
        ({"epochs": 0}, 0),
        ({"epochs": np.int64(5)}, 5),
        ({"every": 1}, 1),
        ({"seed": 2**63 - 1}, 2**63 - 1),
        ({"batch_size": 1}, 1),
        ({"until_step": 1e-300}, 1e-300),
        ({"until_cost": 1}, 1.0),
        ({"options": {"momentum": 0.9, "nesterov": True}}, {"momentum": 0.9, "nesterov": True}),
        ({"options": {"betas": (0.9, 0.99)}}, {"betas": (0.9, 0.99)}),
        ({"options": {"momentum": "auto", "foreach": None}}, {"momentum": "auto", "foreach": None}),
    ],
)
def test_a_sensible_value_is_kept_in_its_canonical_form(given_value: dict[str, Any], kept: object) -> None:
    [name] = given_value
    value = getattr(Recipe(**given_value), name)
    assert value == kept
    assert type(value) is type(kept)


POSITIVE = (0, -1e-9, math.nan, math.inf, True, [0.1], 1j)
BAD: list[tuple[str, str, tuple[Any, ...]]] = [
    ("learning_rate", "a number above 0, or auto", (*POSITIVE, None, "fast", "nan", "-inf", "")),
    ("until_step until_cost until_standard_errors", "a number above 0", (*POSITIVE, "1e-3")),
    ("epochs seed", "a whole number from 0", (-1, 1.0, "10", True, None)),
    ("every batch_size", "a whole number from 1", (0, -5, 2.5, "3", False)),
    ("epochs seed every batch_size", "to 9223372036854775807", (2**63,)),
    ("bias standardize drop_missing", "true or false", (1, 0, "yes", None)),
    ("features exclude", "a list of column names", ("x", 3, [1], {"x": 1}, None)),
    (
        "hold_out",
        "a share of the rows from 0.001 to 0.999, or a file",
        (0, 1, "1.5", "-", "", True, math.nan, [0.2], 3j),
    ),
    ("target module", "a name", ("", 3, ["y"], False)),
    ("title origin data optimizer device", "text", (3, None, [])),
    ("criterion", "one of MSELoss, L1Loss, SmoothL1Loss, HuberLoss", ("mse", 3, None)),
    ("reduction", "one of mean, sum", ("none",)),
    ("init", "one of zeros, linear, normal", ("ones",)),
    ("dtype", "one of auto, float64, float32", ("float16",)),
    ("engine", "one of auto, autograd, analytic, gram, spectral", ("warp",)),
    ("options", "the optimizer's arguments by name", (["momentum"], "momentum=0.9", {1: 2}, None)),
]
REFUSED = [(name, value, wanted) for some, wanted, values in BAD for name in some.split() for value in values]


@pytest.mark.parametrize(("name", "value", "wanted"), REFUSED)
def test_a_senseless_value_is_refused_with_its_name_and_what_is_wanted(name: str, value: object, wanted: str) -> None:
    message = refusal(**{name: value})
    assert message.startswith(f"{option_name(name)} takes ")
    assert wanted in message
    assert len(message) < 200


NUMBERS = [
    "epochs",
    "seed",
    "every",
    "batch_size",
    "until_step",
    "until_cost",
    "until_standard_errors",
    "learning_rate",
]


@pytest.mark.parametrize("name", [*NUMBERS, "criterion", "title", "bias", "features"])
def test_a_number_too_long_to_write_out_is_refused_too(name: str) -> None:
    assert refusal(**{name: 16**5000}).endswith("not a number of thousands of digits.")


@pytest.mark.parametrize("name", NAMES)
def test_every_field_has_a_check(name: str) -> None:
    assert refusal(**{name: object()}).startswith(option_name(name))


@pytest.mark.parametrize("entry", [{"a": 1}, [[0.9]], ["0.9", 0.99], b"x", 1j, 2**63, [2**63]])
def test_an_optimizer_argument_is_a_number_a_flag_text_or_numbers(entry: object) -> None:
    assert refusal(options={"momentum": entry}).startswith("--set momentum takes a number, true or false, text or")


def test_a_misspelled_choice_names_the_nearest() -> None:
    assert "(did you mean 'HuberLoss'?)" in refusal(criterion="HubrLoss")
    assert "(did you mean 'spectral'?)" in refusal(engine="spectal")


def test_a_message_shows_strange_text_short_and_safe() -> None:
    message = refusal(engine="\x1b[31m" + "x" * 1000)
    assert len(message) < 150
    assert "…" in message


def test_options_are_named_as_on_the_command_line() -> None:
    spelled = {"learning_rate": "--learning-rate", "until_step": "--until-step", "batch_size": "--batch-size"}
    spelled |= {"features": "--feature", "options": "--set", "drop_missing": "--drop-missing", "data": "data"}
    assert {name: option_name(name) for name in spelled} == spelled


def test_nearest_ignores_case_and_keeps_quiet_about_far_words() -> None:
    assert nearest("ADAMM", ["SGD", "AdamW", "Adam"]) == " (did you mean 'Adam'?)"
    assert nearest("zzz", ["SGD", "Adam"]) == ""
    assert nearest("zzz", []) == ""


# ---- precedence and JSON ----


def test_an_option_wins_over_the_recipe_and_the_recipe_over_the_default(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, 'data = "points.csv"\nepochs = 7\nlearning_rate = 0.5\n'))
    changed = recipe.changed(epochs=9, learning_rate=None, seed=None, bias=False)
    assert (changed.epochs, changed.learning_rate, changed.seed, changed.bias) == (9, 0.5, 0, False)
    assert (recipe.epochs, recipe.bias) == (7, True)


def test_a_changed_value_is_checked_too() -> None:
    with pytest.raises(LinregError, match="--epochs takes a whole number from 0, or auto, not -1"):
        Recipe().changed(epochs=-1)


def test_changing_nothing_gives_an_equal_recipe() -> None:
    recipe = Recipe(epochs=3, options={"momentum": 0.9})
    assert recipe.changed(**dict.fromkeys(NAMES)) == recipe


def test_a_recipe_survives_json() -> None:
    recipe = Recipe(
        features=("a", "b"), options={"betas": (0.9, 0.99), "amsgrad": True}, dialect=TextDialect(missing=("?",))
    )
    back = Recipe(**json.loads(json.dumps(recipe.as_dict())))
    assert back.as_dict() == json.loads(json.dumps(recipe.as_dict()))
    assert (back.features, back.dialect) == (("a", "b"), recipe.dialect)
    assert list(recipe.as_dict()) == NAMES


# ---- files ----


def test_every_key_can_be_read_from_toml(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """
        title = "three points"
        origin = "made up"
        data = "points.csv"
        separator = "tab"
        decimal = ","
        missing = ["?"]
        header = false
        skip_lines = 2
        quote = "none"
        input_format = "csv"
        target = "y"
        features = ["b", "a"]
        exclude = ["id"]
        drop_missing = true
        categorical = ["b:high"]
        weights = "n"
        hold_out = "others.csv"
        bias = false
        standardize = false
        epochs = 10
        until_step = 1e-9
        until_cost = 1e-12
        until_standard_errors = 0.01
        patience = 20
        learning_rate = 0.01
        optimizer = "AdamW"
        options = { betas = [0.9, 0.99], amsgrad = true, weight_decay = 0 }
        schedule = "StepLR"
        schedule_options = { step_size = 30 }
        criterion = "L1Loss"
        reduction = "sum"
        batch_size = 16
        init = "normal"
        seed = 7
        module = "model.py:Model"
        device = "cpu"
        dtype = "float32"
        engine = "autograd"
        every = 1
        """,
    )
    assert set(tomllib.loads(path.read_text())) == {*NAMES, *DIALECT_KEYS} - {"dialect"}
    recipe = load_recipe(path)
    assert recipe == Recipe(
        title="three points", origin="made up", data=str(tmp_path / "points.csv"), target="y", features=("b", "a"),
        dialect=TextDialect(
            separator="\t", decimal=",", missing=("?",), header=False, skip_lines=2, quote="none", input_format="csv"
        ),
        exclude=("id",), drop_missing=True, categorical=("b:high",), weights="n",
        hold_out=str(tmp_path / "others.csv"), bias=False, standardize=False,
        epochs=10, until_step=1e-9, until_cost=1e-12, until_standard_errors=0.01, patience=20,
        learning_rate=0.01, optimizer="AdamW",
        options={"betas": [0.9, 0.99], "amsgrad": True, "weight_decay": 0}, criterion="L1Loss", reduction="sum",
        schedule="StepLR", schedule_options={"step_size": 30},
        batch_size=16, init="normal", seed=7, module=str(tmp_path / "model.py") + ":Model", device="cpu",
        dtype="float32", engine="autograd", every=1,
    )  # fmt: skip


@pytest.mark.parametrize(("written", "meant"), [("-", "-"), ("/abs/x.csv", "/abs/x.csv"), ("../x.csv", "{}/../x.csv")])
def test_data_is_relative_to_the_recipes_folder(tmp_path: Path, written: str, meant: str) -> None:
    assert load_recipe(write(tmp_path, f'data = "{written}"')).data == meant.format(tmp_path)


def test_a_byte_order_mark_and_crlf_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b'\xef\xbb\xbfdata = "x.csv"\r\nepochs = 3\r\n')
    assert load_recipe(path).epochs == 3


def test_an_unknown_key_is_refused_with_the_nearest_and_all_that_exist(tmp_path: Path) -> None:
    message = refused_file(write(tmp_path, 'data = "x.csv"\nepoch = 3\n'))
    assert "a recipe has no key 'epoch' (did you mean 'epochs'?); the keys are title, " in message
    assert all(name in message for name in {*NAMES, *DIALECT_KEYS} - {"dialect"})


def test_an_unknown_key_is_shown_safe_and_short(tmp_path: Path) -> None:
    message = refused_file(write(tmp_path, f'data = "x.csv"\n"\\u001b[31m{"x" * 1000}" = 3\n'))
    assert "x" * 50 not in message


@pytest.mark.parametrize("text", ["", "epochs = 3\n", 'data = ""\n'])
def test_a_recipe_without_data_says_which_line_to_add(tmp_path: Path, text: str) -> None:
    assert 'the recipe names no data; add a line like data = "points.csv".' in refused_file(write(tmp_path, text))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('epochs = "10"', "--epochs takes a whole number from 0, or auto, not '10'."),
        ("epochs = 1e3", "--epochs takes a whole number from 0, or auto, not 1000.0."),
        ("standardize = 0", "--standardize takes true or false, not 0."),
        ('features = "x"', "--feature takes a list of column names, not 'x'."),
        ("features = 3", "--feature takes a list of column names, not 3."),
        ("features = { x = 1 }", "--feature takes a list of column names, not {'x': 1}."),
        ("learning_rate = inf", "--learning-rate takes a number above 0, or auto, not inf."),
        ("until_step = 2024-01-01", "--until-step takes a number above 0, not datetime.date(2024, 1, 1)."),
        ("title = 3", "title takes text, not 3."),
        ("options = { momentum = 2024-01-01 }", "--set momentum takes a number, true or false, text or a list of"),
        ("options = 0.9", "--set takes the optimizer's arguments by name, not 0.9."),
        (f"epochs = 0x{'f' * 5000}", "not a number of thousands of digits."),
        (f"seed = {'9' * 5000}", "it is not valid TOML"),
    ],
)
def test_a_wrong_value_is_refused_with_the_file_and_the_key(tmp_path: Path, line: str, complaint: str) -> None:
    assert complaint in refused_file(write(tmp_path, f'data = "x.csv"\n{line}\n'))


@pytest.mark.parametrize(
    "content",
    [
        b"data = ",
        b"x,y\n1,2\n",
        b'data = "x.csv"\ndata = "x.csv"\n',
        b"\xff\xfe\x00",
        b"\x89PNG\r\n\x1a\n",
        b"a\x00b",
        b'data = "\x1b[31m"',
        b"options = " + b"[" * 20_000,
        b"a." * 3_000 + b"a = 1",
    ],
    ids=["cut off", "csv", "twice", "utf-16", "png", "nul", "escape", "deep list", "deep key"],
)
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "recipe.toml"
    path.write_bytes(content)
    assert len(refused_file(path)) < 1000


@pytest.mark.parametrize("key", ["options", "options.momentum", "target", "epochs", "engine"])
def test_a_deeply_nested_value_is_refused(tmp_path: Path, key: str) -> None:
    assert "not a deeply nested value." in refused_file(write(tmp_path, f"data = 'x.csv'\n{key}.{'a.' * 3000}a = 1"))


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path: Path) -> None:
    assert refused_file(tmp_path / "missing.toml").endswith("No such file or directory.")
    (tmp_path / "folder.toml").mkdir()
    assert refused_file(tmp_path / "folder.toml").endswith("Is a directory.")
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    assert "symbolic links" in refused_file(tmp_path / "loop.toml")


def test_a_strange_file_name_is_shown_safe(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match="�\\[31m") as caught:
        load_recipe(tmp_path / "\x1b[31m.toml")
    one_sentence(caught.value)


# ---- anything at all ----

SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["auto", "SGD", "MSELoss", "zeros", "-", "x.csv", ""]),
    st.dates(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def as_toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value).replace("\x7f", "\\u007f")
        case float() if math.isnan(value) or math.isinf(value):
            return str(value)
        case list():
            return "[" + ", ".join(map(as_toml, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{as_toml(key)} = {as_toml(entry)}" for key, entry in value.items()) + "}"
        case _:
            return str(value)


def load_or_refuse(folder: Path, content: bytes) -> Recipe | None:
    path = folder / "recipe.toml"
    path.write_bytes(content)
    try:
        return load_recipe(path)
    except LinregError as problem:
        refusal = problem
    one_sentence(refusal)
    return None


@given(values=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4))
def test_any_values_give_a_recipe_or_one_sentence(tmp_path: Path, values: dict[str, object]) -> None:
    lines = [f"{key} = {as_toml(value)}" for key, value in ({"data": "x.csv"} | values).items()]
    recipe = load_or_refuse(tmp_path, "\n".join(lines).encode())
    if recipe is not None:
        json.dumps(recipe.as_dict())


@given(content=st.one_of(st.binary(max_size=80), st.text("data=\"'[]{}#.,\n\\ 0x1e9_-:Ttruefalsnif", max_size=60)))
def test_any_bytes_give_a_recipe_or_one_sentence(tmp_path: Path, content: bytes | str) -> None:
    load_or_refuse(tmp_path, content if isinstance(content, bytes) else content.encode())
