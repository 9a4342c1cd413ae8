"""How a table is written, as the fields say it, against what the plain command makes of the same options."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.cli.recipe_options import choose
from linreg.data.first_rows import first_rows
from linreg.dialect import FORMATS, PLAIN, QUOTES, TextDialect
from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg_tui.setup.dialect_texts import USUAL, in_one_line, texts_of
from linreg_tui.setup.draft import draft_of
from linreg_tui.setup.fields import DIALECT, dialect_field_named, in_the_forms_words

DIALECTS = st.builds(
    TextDialect,
    separator=st.sampled_from([None, "\t", " ", ";", "|", ":"]),
    decimal=st.sampled_from([".", ","]),
    missing=st.lists(st.text(max_size=4), max_size=3).map(tuple),
    header=st.sampled_from([None, True, False]),
    skip_lines=st.integers(0, 2**63 - 1),
    quote=st.sampled_from(QUOTES),
    input_format=st.sampled_from([None, *FORMATS]),
)


@given(DIALECTS)
def test_a_dialect_that_nobody_touches_comes_out_the_same(dialect: TextDialect) -> None:
    recipe = Recipe(data="x.csv", dialect=dialect)
    assert draft_of(recipe).recipe_now() == recipe


@pytest.mark.parametrize(
    ("texts", "flags"),
    [
        ({"separator": " ; "}, {"separator": ";"}),
        ({"separator": "tab"}, {"separator": "tab"}),
        ({"separator": "blank"}, {"separator": " "}),
        ({"separator": ";", "decimal": ","}, {"separator": ";", "decimal": ","}),
        ({"missing": "? -999"}, {"missing": ["?", "-999"]}),
        ({"missing": '"not known"  \\N * \'x'}, {"missing": ["not known", "\\N", "*", "'x"]}),
        ({"header": "no"}, {"header": False}),
        ({"header": "yes"}, {"header": True}),
        ({"skip_lines": "3", "quote": "none"}, {"skip_lines": 3, "quote": "none"}),
        ({"input_format": "tsv"}, {"input_format": "tsv"}),
    ],
    ids=str,
)
def test_fields_make_the_dialect_that_the_flags_make(texts: dict[str, str], flags: dict[str, Any]) -> None:
    draft = draft_of(Recipe(data="x.csv"))
    for key, text in texts.items():
        draft = draft.typed(key, text)
    assert draft.problems() == {}
    assert draft.recipe_now().dialect == choose("exercise1", **flags).dialect
    for key, text in texts_of(PLAIN).items():
        draft = draft.typed(key, text)
    assert draft.recipe_now().dialect == PLAIN


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("separator", "a", "separator takes ';', '|', tab, blank or another single character that is in no number"),
        ("separator", "\x1b", "separator takes"),
        ("skip_lines", "-1", "skip lines takes a whole number from 0, not '-1'."),
        ("skip_lines", "two", "skip lines takes a whole number from 0, not 'two'."),
        ("skip_lines", "9" * 30, "skip lines takes a whole number from 0"),
        ("missing", '"left open', "missing takes words with blanks between them"),
    ],
)
def test_a_wrong_value_is_explained_at_its_field(field: str, text: str, said: str) -> None:
    draft = draft_of(Recipe(data="x.csv")).typed(field, text)
    assert list(draft.problems()) == [field]
    assert draft.problems()[field].startswith(said)
    assert "\x1b" not in draft.problems()[field]
    with pytest.raises(LinregError):
        draft.recipe_now()


def test_what_is_not_as_usual_is_said_in_a_line() -> None:
    assert in_one_line(texts_of(PLAIN)) == USUAL
    dialect = TextDialect(separator="\t", decimal=",", missing=("?", "not known"), header=False, skip_lines=2)
    assert in_one_line(texts_of(dialect)) == (
        'separator tab  decimal ,  missing ? "not known"  header no  skip lines 2'
    )
    assert in_one_line(texts_of(TextDialect(quote="none", input_format="tsv"))) == "quote none  format tsv"


@pytest.mark.parametrize(
    ("content", "said", "field"),
    [
        ("a;y\n1,5;2\n2,5;3\n", "separator ; and decimal , reads them.", "separator"),
        ("a\ty\n1\t2\n2\t3\n", "separator tab reads them.", "separator"),
        (
            "1,2\n3,4\n5,6\n",
            "say header no if it is a row, and the columns are c1, c2, … then, or header yes if",
            "header",
        ),
        ("About us\na,y\n1,2\n2,3\n", "skip lines 1 reads from there on.", "skip_lines"),
        ('a,y\n1,"2\n2,3\n', "or say quote none.", "quote"),
    ],
)
def test_a_sentence_names_the_field_that_reads_the_file(content: str, said: str, field: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    try:
        [problem, *_] = first_rows(str(path)).refused
    except LinregError as refusal:
        problem = str(refusal)
    assert said in in_the_forms_words(problem)
    assert "--" not in in_the_forms_words(problem)
    assert dialect_field_named(problem) == field


def test_every_option_has_its_field() -> None:
    assert [field.name for field in DIALECT] == list(PLAIN.as_dict())
    assert dialect_field_named("drop such rows with --drop-missing.") is None


def test_another_file_is_not_taken_to_be_written_as_the_one_before() -> None:
    draft = draft_of(Recipe(data="a.csv")).typed("separator", ";").typed("epochs", "5")
    assert draft.on_data(Recipe(data="b.csv")).recipe_now() == Recipe(data="b.csv", epochs=5)
    same = replace(Recipe(data="a.csv", epochs=5), dialect=TextDialect(separator=";"))
    assert draft.on_data(Recipe(data="a.csv")).recipe_now() == same


def test_a_recipe_brings_how_its_data_are_written() -> None:
    recipe = Recipe(data="b.csv", title="mine", dialect=TextDialect(decimal=","))
    assert draft_of(Recipe(data="a.csv")).typed("separator", ";").on_data(recipe).recipe_now() == recipe
