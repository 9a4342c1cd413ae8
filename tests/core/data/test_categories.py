"""Texts and numbers as categories: the same columns from every format, the levels that a model knows, and no other."""

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import linreg
from linreg.cli.app import run_command_line
from linreg.data.formats import columnar
from linreg.data.levels import MOST_LEVELS, Category, Levels, in_order, level_of
from linreg.data.table import Source, open_source
from linreg.dialect import TextDialect
from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg.training.fitted import load_model
from linreg.training.posing import pose
from threads import on_ranks

FRAME = pl.DataFrame({
    "x": [1.5, 2.5, 3.0, 4.0, 5.5, 6.0, 7.0, 8.5],
    "cut": ["Good", "Fair", "Ideal, rare", "Good", "Fair", "Ideal, rare", "Good", "Fair"],
    "k": [10, 9, 10, 2, 2, 9, 10, 9],
    "y": [1.0, 2.5, 7.0, 4.0, 3.5, 9.0, 6.0, 5.0],
})  # fmt: skip
KINDS = ["csv", "tsv", "parquet", "arrow", "jsonl"]


def write(frame: pl.DataFrame, path: Path) -> Path:
    match path.suffix:
        case ".csv":
            frame.write_csv(path)
        case ".tsv":
            frame.write_csv(path, separator="\t")
        case ".parquet":
            frame.write_parquet(path)
        case ".arrow":
            frame.with_columns(pl.col("cut").cast(pl.Categorical)).write_ipc(path)
        case _:
            frame.write_ndjson(path)
    return path


def rows_of(source: Source) -> np.ndarray:
    return np.concatenate([X for X, _ in source.batches()])


@pytest.mark.parametrize("kind", KINDS)
def test_every_format_gives_the_same_columns(kind: str, tmp_path: Path) -> None:
    path = write(FRAME, tmp_path / f"a.{kind}")
    source = open_source(str(path), categorical=("cut", "k:9"))
    assert source.features == ("x", "cut[Good]", "cut[Ideal, rare]", "k[2]", "k[10]")
    cut, k = FRAME["cut"], FRAME["k"]
    expected = [FRAME["x"], cut == "Good", cut == "Ideal, rare", k == 2, k == 10]
    assert rows_of(source).tolist() == np.column_stack([column.to_numpy() for column in expected]).tolist()


def test_standard_input_is_read_once_and_gives_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write(FRAME, tmp_path / "a.csv")
    expected = rows_of(open_source(str(path), categorical=("cut", "k")))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert rows_of(open_source("-", categorical=("cut", "k"))).tolist() == expected.tolist()


def test_a_folder_named_after_a_key_may_be_a_category(tmp_path: Path) -> None:
    for year, part in (("2023", FRAME[:3]), ("2024", FRAME[3:6]), ("2025", FRAME[6:])):
        (tmp_path / f"year={year}").mkdir()
        write(part.drop("cut", "k"), tmp_path / f"year={year}" / "a.csv")
    source = open_source(str(tmp_path), categorical=("year",))
    assert source.features == ("year[2024]", "year[2025]", "x")
    assert rows_of(source)[:, 0].tolist() == [0, 0, 0, 1, 1, 1, 0, 0]


def test_the_coefficients_are_those_of_a_formula_in_statsmodels(tmp_path: Path) -> None:
    import pandas as pd
    import statsmodels.formula.api as smf

    random = np.random.default_rng(4)
    frame = pl.DataFrame(
        {
            "x": random.normal(size=300),
            "cut": random.choice(["Good", "Fair", "Very Good"], 300),
            "k": random.choice([1, 2, 11], 300),
            "y": random.normal(size=300),
        }
    )
    fit = smf.ols("y ~ x + C(cut, Treatment('Good')) + C(k)", pd.DataFrame(frame.to_dict(as_series=False))).fit()
    mine = linreg.summary(write(frame, tmp_path / "a.csv"), categorical=("cut:Good", "k"))
    known = {"x": "x", "cut[Fair]": "C(cut, Treatment('Good'))[T.Fair]", "k[2]": "C(k)[T.2]", "k[11]": "C(k)[T.11]"}
    for name, theirs in known.items():
        found = mine.w[name]
        assert [found.estimate, found.standard_error, found.p] == pytest.approx(
            [fit.params[theirs], fit.bse[theirs], fit.pvalues[theirs]], rel=1e-8
        )


def test_a_level_of_rows_that_are_dropped_is_none(tmp_path: Path) -> None:
    frame = FRAME.with_columns(x=pl.Series([None, *FRAME["x"][1:]]), cut=pl.Series(["Odd", *FRAME["cut"][1:-1], None]))
    path = write(frame, tmp_path / "a.csv")
    source = open_source(str(path), categorical=("cut",), drop_missing=True)
    assert source.features == ("x", "cut[Good]", "cut[Ideal, rare]", "k")
    assert len(rows_of(source)) == 6
    with pytest.raises(LinregError, match="column 'cut': the cell is empty"):
        rows_of(open_source(str(path), categorical=("cut",), exclude=("x",)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_keeps_its_levels_and_refuses_others_with_their_place(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, model = write(FRAME, tmp_path / f"a.{kind}"), tmp_path / "m.safetensors"
    words = ["run", str(path), "--categorical", "cut", "--categorical", "k:10", "--epochs", "3000", "-q"]
    assert run_command_line([*words, "--save", str(model)]) == 0
    fitted = load_model(model)
    assert fitted.columns == ("x", "cut", "k")
    assert [each.reference for each in fitted.categories] == ["Fair", "10"]
    capsys.readouterr()
    fewer = write(FRAME[2:3], tmp_path / f"fewer.{kind}")  # most levels are not there, and stand for what they did
    assert run_command_line(["predict", str(model), str(fewer)]) == 0
    w = dict(zip(fitted.features, fitted.w.tolist(), strict=True))
    told = capsys.readouterr()
    assert float(told.out.split()[1]) == pytest.approx(fitted.b + 3 * w["x"] + w["cut[Ideal, rare]"])
    assert told.err == ""
    odd = write(FRAME.with_columns(cut=FRAME["cut"].replace("Ideal, rare", "Odd")), tmp_path / f"odd.{kind}")
    for command in ("predict", "evaluate"):
        assert run_command_line([command, str(model), str(odd)]) == 2
        place = {"csv": "line 4", "tsv": "line 4", "jsonl": "line 3"}.get(kind, "row 3")
        said = f"odd.{kind}, {place}, column 'cut': 'Odd' is a level that is not known: 'Fair', 'Good', 'Ideal, rare'"
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("choices", "why"),
    [
        ({"categorical": ("cutt",)}, r"--categorical names 'cutt', which is not a column of the file \(did you mean"),
        ({"categorical": ("y",)}, "which is the target"),
        ({"categorical": ("cut",), "features": ("x",)}, "which is no feature; add --feature 'cut'"),
        ({"categorical": ("cut", "cut:Good")}, "names the column 'cut' twice"),
        ({"categorical": ("cut:good",)}, r"column 'cut' has no level 'good' \(did you mean 'Good'\?\); it has 'Fair'"),
        ({"categorical": ("cut", "one")}, "column 'one' has one level only, 'same'; leave it out"),
        ({"categorical": ("cut", "one"), "exclude": ("one",)}, "'one', which is no feature"),
    ],
)
def test_what_is_no_category_is_a_sentence(choices: dict[str, Any], why: str, tmp_path: Path) -> None:
    frame = FRAME.select(pl.lit("same").alias("one"), *FRAME.columns)
    with pytest.raises(LinregError, match=why):
        open_source(str(write(frame, tmp_path / "a.csv")), **choices)


def test_a_name_of_every_row_is_no_category(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": [f"n{number}" for number in range(1200)], "y": range(1200)})
    with pytest.raises(LinregError, match="column 'id' has more than 1,000 levels, which is no category"):
        open_source(str(write(frame, tmp_path / "a.csv")), categorical=("id",))


def test_several_ranks_know_all_levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "FEWEST_ROWS", 2)
    monkeypatch.setattr(columnar, "SLICE_BYTES", 40)
    recipe = Recipe(data=str(write(FRAME, tmp_path / "a.parquet")), categorical=("cut", "k"))
    alone = pose(recipe).least_squares
    assert alone is not None
    for posed in on_ranks(3, lambda ranks: pose(recipe, ranks=ranks)):
        assert posed.features == ("x", "cut[Good]", "cut[Ideal, rare]", "k[9]", "k[10]")
        assert posed.least_squares is not None
        assert posed.least_squares.w == pytest.approx(alone.w)


@pytest.mark.parametrize("engine", ["spectral", "gram", "analytic"])
def test_every_engine_trains_on_them_as_the_lectures_loop_does(engine: str, tmp_path: Path) -> None:
    path = write(FRAME, tmp_path / "a.csv")
    loop, trainer = (
        linreg.train(str(path), categorical=("cut",), engine=name, epochs=20) for name in ("autograd", engine)
    )
    for each in (loop, trainer):
        for _ in each:
            pass
    assert list(trainer.result().w) == ["x", "cut[Good]", "cut[Ideal, rare]", "k"]
    assert trainer.result().w == pytest.approx(loop.result().w, rel=1e-9)


@pytest.mark.parametrize(
    ("text", "level"),
    [(" Good ", "Good"), ("1.0", "1"), ("1e3", "1000"), ("0.10", "0.1"), ("True", "true"), ("NA", None), ("?", None)],
)
def test_a_level_is_written_alike_whatever_the_format(text: str, level: str | None) -> None:
    assert level_of(text, TextDialect(missing=("?",))) == level


def test_numbers_are_ordered_by_their_size_and_texts_as_such() -> None:
    assert in_order(["10", "9", "-1.5"]) == ("-1.5", "9", "10")
    assert in_order(["10", "9", "b"]) == ("10", "9", "b")


@pytest.mark.parametrize(
    ("text", "level"),
    [("1.5", "1.5"), ("-0", "0"), ("9007199254740991", "9007199254740991"), ("9007199254740992", "9007199254740992.0"),
     ("-9007199254740992", "-9007199254740992.0"), ("FALSE", "false"), ("inf", "inf"), ("nAn", None), ("", None),
     ("1e-3", "0.001"), ("1_0", "1_0")],
)  # fmt: skip
def test_a_number_is_a_level_as_python_writes_it_and_a_whole_one_without_decimals(text: str, level: str | None) -> None:
    assert level_of(text) == level


def test_numbers_that_are_equal_are_ordered_as_text_and_truth_values_are_text() -> None:
    assert in_order(["2", "1.0", "1"]) == ("1", "1.0", "2")
    assert in_order(["true", "5", "false"]) == ("5", "false", "true")
    assert in_order(["b", "a", "B", "b"]) == ("B", "a", "b")


@pytest.mark.parametrize("drops", [False, True])
def test_of_known_levels_another_is_none_or_missing(drops: bool) -> None:
    levels = Levels(("b", "a"), drops_others=drops)
    assert [levels.code(text) for text in (" a ", "b")] == [1.0, 0.0]
    other, missing = levels.code("c"), levels.code("NA")
    assert missing is not None
    assert np.isnan(missing)
    assert (other is None) if not drops else (other is not None and np.isnan(other))
    assert levels.texts == ("b", "a")
    met = Levels()
    assert [met.code(text) for text in ("x", "y", "x", "1.0", "1")] == [0, 1, 0, 2, 2]
    assert met.texts == ("x", "y", "1")
    assert Levels(()).code("x") is None


def test_the_columns_of_a_category_are_one_for_each_level_but_the_reference() -> None:
    assert Category("cut", ("a", "b", "c"), "b").names == ("cut[a]", "cut[c]")


@pytest.mark.parametrize(("n_levels", "is_category"), [(MOST_LEVELS, True), (MOST_LEVELS + 1, False)])
def test_a_category_may_have_a_thousand_levels(n_levels: int, is_category: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,y\n" + "".join(f"n{number},{number}\n" for number in range(n_levels)), encoding="utf-8")
    if is_category:
        assert len(open_source(str(path), categorical=("id",)).features) == n_levels - 1
    else:
        with pytest.raises(LinregError, match="has more than 1,000 levels"):
            open_source(str(path), categorical=("id",))


def test_a_reference_is_behind_the_last_colon_of_what_is_no_name_itself(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": ["p", "q"], "a:q": ["r", "s:t"], "y": [1, 2]})
    path = str(write(frame, tmp_path / "a.csv"))
    assert open_source(path, categorical=("a:q", "a:p")).features == ("a[q]", "a:q[s:t]")
    for word in ("b:p", "a:q:s:t", ":"):
        with pytest.raises(LinregError) as caught:
            open_source(path, categorical=(word,))
        assert str(caught.value).startswith(f"{path}: --categorical names {word!r}, which is not a column of the file")
        assert str(caught.value).endswith("the columns are 'a', 'a:q', 'y'.")


def test_two_columns_that_would_be_called_alike_are_refused(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a[q]": [1, 2], "a": ["p", "q"], "y": [1, 2]})
    with pytest.raises(LinregError, match=r"two columns would be called 'a\[q\]'; rename one of them\.$"):
        open_source(str(write(frame, tmp_path / "a.csv")), categorical=("a",))


def test_folds_of_one_kind_leave_nothing_to_train_on(tmp_path: Path) -> None:
    path = str(write(pl.DataFrame({"x": [1, 2], "k": ["a", "a"], "y": [1, 2]}), tmp_path / "a.csv"))
    with pytest.raises(LinregError, match="column 'k' has one level only, 'a'; nothing would be left to train on"):
        open_source(path, folds="k")


def test_a_missing_cell_of_a_category_is_refused_in_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("cut,x,y\na,1,2\n?,2,3\nb,3,4\n", encoding="utf-8")
    dialect = TextDialect(missing=("?",))
    with pytest.raises(LinregError, match="line 3, column 'cut': '\\?' stands for a missing value"):
        open_source(str(path), categorical=("cut",), dialect=dialect).read()
    table = open_source(str(path), categorical=("cut",), dialect=dialect, drop_missing=True).read()
    assert (table.X.tolist(), table.n_dropped) == ([[0, 1], [1, 3]], 1)
    empty = tmp_path / "b.csv"
    empty.write_text("cut,y\n,2\n,3\n", encoding="utf-8")
    with pytest.raises(LinregError, match="all 2 rows have a missing cell"):
        open_source(str(empty), categorical=("cut",), drop_missing=True)
