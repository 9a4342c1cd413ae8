"""The set-up screen's fields, against what the plain command makes of the same flags."""

import math
import random
from dataclasses import replace
from typing import Any

import pytest
import torch

from linreg.checks import option_name
from linreg.cli.recipe_options import choose
from linreg.data import bundled
from linreg.data.choice import choose as choose_columns
from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg_tui.setup.column_choice import chosen_columns, column_problems, with_columns
from linreg_tui.setup.draft import Draft, bundled_name, draft_of
from linreg_tui.setup.fields import FIELDS, in_the_forms_words, option_key
from linreg_tui.setup.preview import ColumnPreview, Kind, Preview
from linreg_tui.setup.problems import engine_problems, option_problems, training_problems


def filled(data: str, **texts: str) -> Draft:
    """Open a bundled recipe and type into its fields."""
    draft = draft_of(bundled.find(data))
    for key, text in texts.items():
        draft = draft.typed(key, text)
    return draft


@pytest.mark.parametrize("name", bundled.names())
def test_a_recipe_that_nobody_touches_comes_out_the_same(name: str) -> None:
    recipe = bundled.find(name)
    draft = draft_of(recipe)
    assert draft.recipe_now() == recipe
    assert draft.problems() == {}
    assert bundled_name(recipe) == name


def test_a_recipe_with_every_field_set_comes_out_the_same() -> None:
    recipe = Recipe(
        data="x.csv",
        target="y",
        features=("b", "a"),
        exclude=("c",),
        drop_missing=True,
        bias=False,
        standardize=False,
        epochs=7,
        until_step=1e-300,
        until_cost=1 / 3,
        hold_out="0.25:7",
        patience=12,
        learning_rate=0.1 + 0.2,
        optimizer="Adam",
        options={"betas": (0.9, 1 / 3), "amsgrad": True, "eps": "1e-9"},
        criterion="HuberLoss",
        reduction="sum",
        batch_size=2**40,
        init="normal",
        seed=3,
        module="m.py:M",
        device="cpu",
        dtype="float32",
        engine="autograd",
        every=9,
        schedule="MultiStepLR",
        schedule_options={"milestones": [3, 7], "gamma": 0.5},
    )
    assert draft_of(recipe).recipe_now() == recipe


FLAGS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({"learning_rate": "0.5"}, {"learning_rate": "0.5"}),
    ({"learning_rate": " AUTO "}, {"learning_rate": "auto"}),
    ({"learning_rate": ""}, {"learning_rate": "auto"}),
    ({"epochs": "0"}, {"epochs": 0}),
    ({"schedule": "OneCycleLR"}, {"schedule": "OneCycleLR"}),
    (
        {"schedule": " StepLR  step_size=30 gamma=0.5 "},
        {"schedule": "StepLR", "schedule_set": ["step_size=30", "gamma=0.5"]},
    ),
    ({"epochs": " 12 "}, {"epochs": 12}),
    ({"until_step": "1e-5", "until_cost": "2"}, {"until_step": 1e-5, "until_cost": 2.0}),
    ({"hold_out": "0.2", "patience": "5"}, {"hold_out": "0.2", "patience": 5}),
    ({"batch_size": "10"}, {"batch_size": 10}),
    ({"criterion": "L1Loss", "reduction": "sum"}, {"criterion": "L1Loss", "reduction": "sum"}),
    ({"standardize": "no", "bias": "no"}, {"standardize": False, "bias": False}),
    ({"drop_missing": "yes"}, {"drop_missing": True}),
    ({"init": "linear", "seed": "5"}, {"init": "linear", "seed": 5}),
    ({"module": "m.py:M"}, {"module": "m.py:M"}),
    ({"device": "cpu", "dtype": "float32", "engine": "autograd"},) * 2,
    ({"every": "7"}, {"every": 7}),
    ({"optimizer": "Adam"}, {"optimizer": "Adam"}),
    ({"optimizer": "Adam", option_key("betas"): "0.8, 0.9"}, {"optimizer": "Adam", "set_": ["betas=0.8, 0.9"]}),
    ({option_key("momentum"): "0.9", option_key("nesterov"): "true"}, {"set_": ["momentum=0.9", "nesterov=true"]}),
]


@pytest.mark.parametrize(("texts", "flags"), FLAGS, ids=[", ".join(texts) for texts, _ in FLAGS])
def test_fields_make_the_recipe_that_the_flags_make(texts: dict[str, str], flags: dict[str, Any]) -> None:
    assert filled("houses", **texts).recipe_now() == choose("houses", **flags)


def test_a_stop_rule_can_be_turned_off_again() -> None:
    assert draft_of(Recipe(until_step=1e-3)).typed("until_step", "").recipe_now().until_step is None


def test_patience_is_asked_for_what_it_waits_for_and_blamed_for_nothing_else() -> None:
    alone = filled("houses", patience="5").problems()
    assert alone == {"patience": "patience waits for the cost of rows that are held out: say which with hold out."}
    assert list(filled("houses", patience="0", hold_out="0.2").problems()) == ["patience"]
    assert list(filled("houses", patience="5", hold_out="2").problems()) == ["hold_out"]
    both = draft_of(Recipe(hold_out="0.2", patience=5))
    assert both.problems() == {}
    assert list(both.typed("hold_out", "").problems()) == ["patience"]
    assert both.typed("hold_out", "").typed("patience", "").recipe_now() == Recipe()


def test_an_option_at_its_default_is_not_set() -> None:
    draft = filled("houses").with_defaults({"momentum": "0", "nesterov": "false"})
    assert draft.option_texts() == {"momentum": "0", "nesterov": "false"}
    changed = draft.typed(option_key("momentum"), "0.9")
    assert changed.recipe_now().options == {"momentum": "0.9"}
    assert changed.typed(option_key("momentum"), "0").recipe_now().options == {}
    assert changed.typed(option_key("momentum"), " ").recipe_now().options == {}


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("epochs", "-1", -1),
        ("epochs", "ten", "ten"),
        ("epochs", "9" * 30, 10**30 - 1),
        ("until_step", "0", 0.0),
        ("until_step", "nan", math.nan),
        ("until_cost", "small", "small"),
        ("hold_out", "1.5", "1.5"),
        ("learning_rate", "0", "0"),
        ("learning_rate", "1_0", "1_0"),
        ("learning_rate", "fast", "fast"),
        ("batch_size", "0", 0),
        ("batch_size", "1.5", "1.5"),
        ("seed", "-3", -3),
        ("every", "0", 0),
        ("every", "\x1b[31m", "\x1b[31m"),
    ],
)
def test_a_wrong_value_gets_the_plain_commands_sentence(field: str, text: str, value: object) -> None:
    with pytest.raises(LinregError) as said:
        bundled.find("houses").changed(**{field: value})
    draft = filled("houses", **{field: text})
    label = next(each.label for each in FIELDS if each.name == field)
    assert draft.problems() == {field: str(said.value).replace(option_name(field), label)}
    assert "--" not in draft.problems()[field]
    assert "\x1b" not in draft.problems()[field]
    with pytest.raises(LinregError):
        draft.recipe_now()


def test_one_wrong_field_does_not_hide_another() -> None:
    draft = filled("houses", epochs="x", seed="y", learning_rate="z")
    assert sorted(draft.problems()) == ["epochs", "learning_rate", "seed"]


def test_another_optimizer_keeps_the_other_fields_and_drops_options_that_were_not_its_own() -> None:
    momentum = option_key("momentum")
    draft = filled("houses", epochs="5").typed(momentum, "0.9").typed("optimizer", "Adam")
    assert draft.recipe_now() == choose("houses", epochs=5, optimizer="Adam")


def test_going_back_to_the_recipes_optimizer_brings_back_its_options() -> None:
    recipe = Recipe(options={"momentum": 0.9})
    assert draft_of(recipe).typed("optimizer", "Adam").typed("optimizer", "SGD").recipe_now() == recipe


def test_a_bundled_recipe_fills_every_field() -> None:
    draft = filled("quiz1", epochs="5", optimizer="Adam").on_data(bundled.find("houses"))
    assert draft.recipe_now() == bundled.find("houses")


def test_a_plain_file_keeps_what_was_changed_by_hand_and_nothing_of_the_recipe_before() -> None:
    draft = filled("quiz1", epochs="5").typed(option_key("momentum"), "0.9")
    assert draft.on_data(Recipe(data="x.csv")).recipe_now() == choose(
        "./x.csv", epochs=5, set_=["momentum=0.9"]
    ).changed(data="x.csv")


def test_a_plain_file_keeps_the_flags_that_the_run_before_was_given() -> None:
    draft = draft_of(choose("./a.csv", optimizer="Adam", set_=["eps=1e-7"], learning_rate="0.2"))
    wanted = choose("./b.csv", optimizer="Adam", set_=["eps=1e-7"], learning_rate="0.2")
    assert draft.on_data(Recipe(data="./b.csv")).recipe_now() == wanted


def test_another_file_has_columns_of_its_own() -> None:
    draft = draft_of(Recipe(data="a.csv", target="price", features=("area",), exclude=("x",)))
    assert draft.on_data(Recipe(data="b.csv")).recipe_now() == Recipe(data="b.csv")


NAMES = ("a", "b", "c", "d", "y")


def test_any_choice_of_columns_is_what_training_will_choose() -> None:
    """The plain command's own rules read back the choice that was made, from any recipe to any other."""
    chance = random.Random(0)

    def pick() -> tuple[str, tuple[str, ...]]:
        target = chance.choice(NAMES)
        others = [name for name in NAMES if name != target]
        return target, tuple(name for name in others if chance.random() < 0.5) or tuple(others[:1])

    recipe = Recipe()
    for _ in range(500):
        target, features = pick()
        recipe = with_columns(recipe, NAMES, target, features)
        columns = choose_columns(
            "x",
            NAMES,
            target=recipe.target,
            features=recipe.features,
            exclude=recipe.exclude,
            drop_missing=False,
            with_target=True,
        )
        assert columns.target is not None
        assert (NAMES[columns.target], tuple(NAMES[index] for index in columns.features)) == (target, features)
        assert chosen_columns(recipe, NAMES) == (target, features)


def test_columns_are_chosen_in_few_words() -> None:
    recipe = Recipe()
    assert with_columns(recipe, NAMES, "y", ("a", "b", "c", "d")) is recipe
    assert with_columns(recipe, NAMES, "y", ("a", "b", "d")) == replace(recipe, exclude=("c",))
    assert with_columns(recipe, NAMES, "y", ("a",)) == replace(recipe, features=("a",))
    assert with_columns(recipe, NAMES, "a", ("b", "c", "d", "y")) == replace(recipe, target="a")
    assert with_columns(Recipe(target="a"), NAMES, "y", ("a", "b", "c", "d")) == recipe


def test_the_order_of_named_features_stays() -> None:
    recipe = Recipe(features=("c", "a"))
    assert with_columns(recipe, NAMES, "y", ("a", "c")) is recipe


def _seen(**kinds: Kind) -> Preview:
    columns = [
        ColumnPreview(name, kind, ("1",), 0, 1, int(kind is Kind.EMPTY), "red" if kind is Kind.TEXT else None)
        for name, kind in kinds.items()
    ]
    return Preview("x.csv", tuple(columns), 3, is_all=True)


def test_columns_that_cannot_be_trained_on_are_explained() -> None:
    numbers, text, empty = Kind.NUMBERS, Kind.TEXT, Kind.EMPTY
    assert column_problems(Recipe(), _seen(a=numbers, y=numbers)) == {}
    assert column_problems(Recipe(), _seen(a=text, y=numbers)) == {
        "features": "x.csv, column 'a': 'red' is not a number; correct it, or leave it out."
    }
    assert column_problems(Recipe(), _seen(a=numbers, y=text)) == {
        "target": "x.csv, column 'y': 'red' is not a number; correct it, or choose another target."
    }
    assert column_problems(Recipe(), _seen(a=empty, y=numbers)) == {
        "drop_missing": "x.csv, column 'a': a cell is missing; fill it in, or drop such rows."
    }
    assert column_problems(Recipe(drop_missing=True), _seen(a=empty, y=numbers)) == {}
    assert column_problems(Recipe(exclude=("a",)), _seen(a=text, y=numbers)) == {
        "features": "x.csv: no feature is left to predict from, of the columns 'a', 'y'."
    }
    assert column_problems(Recipe(target="z"), _seen(a=numbers, y=numbers)).keys() == {"target"}


def test_an_engine_that_cannot_serve_is_explained() -> None:
    assert engine_problems(bundled.find("houses")) == {}
    said = engine_problems(Recipe(engine="spectral", optimizer="Adam"))
    assert said == {
        "engine": "the spectral engine cannot serve this recipe: Adam is not linear in the gradient; use engine gram."
    }
    assert engine_problems(Recipe(device="mps", dtype="float64")).keys() == {"dtype"}


@pytest.mark.parametrize(
    ("optimizer", "options", "fields"),
    [
        ("SGD", {"momentum": "0.9", "nesterov": "true"}, []),
        ("sgd", {"momentum": "auto", "nesterov": "true"}, []),
        ("SGD", {"momentum": "much"}, ["option momentum"]),
        ("SGD", {"speed": "1", "dampening": "x"}, ["option dampening", "option speed"]),
        ("SGD", {"nesterov": "true"}, ["optimizer"]),
        ("Adam", {"betas": "0.9"}, ["option betas"]),
        ("Adam", {"betas": "0.9,2"}, ["optimizer"]),
        ("Adam", {"momentum": "auto"}, ["option momentum"]),
        ("Sgdd", {}, ["optimizer"]),
    ],
)
def test_what_is_wrong_with_options_is_said_at_the_right_field(
    optimizer: str, options: dict[str, Any], fields: list[str]
) -> None:
    said = option_problems(optimizer, options)
    assert sorted(said) == fields
    assert all(sentence.endswith(".") and "--" not in sentence for sentence in said.values())


def test_torchs_own_objection_is_shown() -> None:
    with pytest.raises(ValueError, match="Nesterov") as objection:
        torch.optim.SGD([torch.zeros(1)], lr=0.1, nesterov=True)
    assert str(objection.value) in option_problems("SGD", {"nesterov": "true"})["optimizer"]


def test_sentences_name_fields_and_not_flags() -> None:
    said = LinregError("drop such rows with --drop-missing, or --exclude 'x'; --no-bias and --lr.")
    assert in_the_forms_words(said) == "drop such rows with drop missing, or features 'x'; bias and learning rate."


def test_labels_of_rows_are_left_out_unless_they_are_named() -> None:
    draft = draft_of(Recipe(data="a.parquet", exclude=("note",)))
    assert draft.without_labels({"__index_level_0__"}).recipe.exclude == ("note", "__index_level_0__")
    assert draft.without_labels(()) is draft
    named = draft_of(Recipe(data="a.parquet", target="id"))
    assert named.without_labels({"id"}) is named


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("StepLR often", "schedule takes a name, then KEY=VALUE after blanks: StepLR step_size=30."),
        ("StepLR", "StepLR needs step_size: add schedule step_size=VALUE."),
        ("NoLR", "torch.optim.lr_scheduler has no schedule 'NoLR'"),
        ("StepLR step_size=x", "StepLR's option step_size takes a whole number, not 'x'."),
    ],
)
def test_a_schedule_that_cannot_be_used_is_said_at_its_field(text: str, sentence: str) -> None:
    draft = filled("houses", schedule=text)
    assert training_problems(draft, None, {}, has_torch=True)["schedule"].startswith(sentence)
    assert training_problems(filled("houses", schedule=""), None, {}, has_torch=True) == {}
