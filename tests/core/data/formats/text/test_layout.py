"""A text that is written in another way than it is read is recognised, and what the sentence says to type reads it."""

import re
import shlex
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg.data.formats.text.complaints import complaint, title_above
from linreg.data.formats.text.grammar import Grammar
from linreg.data.formats.text.layout import LINES, layout_of, looks_like_data, option_shown
from linreg.data.table import Source, open_source
from linreg.dialect import TextDialect
from linreg.errors import LinregError

_OPTIONS = (
    r"--(?:separator|skip-lines|decimal|exclude|missing) (?:'[^']*'|[^\s,;]+|,)|--no-header|--header|--drop-missing"
)


def opened(path: Path, words: list[str]) -> Source:
    """Open a file with options as they are typed."""
    said: dict[str, Any] = {"missing": []}
    exclude, drop = [], False
    rest = iter(words)
    for option in rest:
        match option:
            case "--header" | "--no-header":
                said["header"] = option == "--header"
            case "--drop-missing":
                drop = True
            case "--exclude":
                exclude.append(next(rest))
            case "--missing":
                said["missing"].append(next(rest))
            case "--skip-lines":
                said["skip_lines"] = int(next(rest))
            case _:
                said[option.removeprefix("--")] = next(rest)
    return open_source(str(path), exclude=exclude, drop_missing=drop, dialect=TextDialect(**said))


def refusal(path: Path, words: list[str]) -> str:
    with pytest.raises(LinregError) as caught:
        opened(path, words).read()
    return str(caught.value)


def what_it_takes(path: Path, *, header: str = "--no-header") -> tuple[list[str], list[str]]:
    """Type what the sentences say, one after the other, until the file is read; return the options and sentences."""
    words: list[str] = []
    sentences: list[str] = []
    for _ in range(5):
        try:
            opened(path, words).read()
        except LinregError as problem:
            said = str(problem).removeprefix(str(path))
            sentences.append(said)
            found = re.findall(_OPTIONS, said)
            if header in found:
                found = [each for each in found if each not in ("--header", "--no-header")] + [header]
            if len(found) > 1 and found[0].startswith(("--missing", "--decimal", "--separator")):
                found = [each for each in found if not each.startswith("--exclude")]
            assert found, said
            for each in found:
                option, *value = shlex.split(each)
                if option in ("--separator", "--skip-lines", "--decimal") and option in words:
                    del words[words.index(option) : words.index(option) + 2]
                words += [option, *value]
        else:
            return words, sentences
    raise AssertionError(sentences)


READ: list[tuple[str, str, int]] = [
    ("x;y\n1;2\n2;4\n3;6\n", "semicolons", 3),
    ("x;y\n1,5;2\n2,5;4\n3;6,1\n", "semicolons", 3),
    ("a, m;b, kg\n1;2\n2;4\n3;6\n", "semicolons", 3),
    ('"a, m";"b, kg"\n1;2\n2;4\n3;6\n', "semicolons", 3),
    ("x\ty\n1\t2\n2\t4\n", "tabs", 2),
    ("x\ty\n1,5\t2,5\n2\t4,1\n", "tabs", 2),
    ('"a\tb"\t"y"\n1\t2\n2\t4\n', "tabs", 2),
    ("x|y|z\n1|2|3\n2|4|5\n", "bars", 2),
    ('"x"|"y, or z"\n1|2\n2|4\n', "bars", 2),
    ("x y\n1 2\n2 4\n", "blanks", 2),
    ("  x     y\n  1     2\n 10  4000\n", "blanks", 2),
    ('"x 1" "y"\n1 2\n2 4\n', "blanks", 2),
    ("x:y\n1:2\n2:4\n", "':'", 2),
    ("x¦y\n1,5¦2\n2¦4\n", "'¦'", 2),
    ("sep=,\nx,y\n1,2\n2,4\n", "sep=", 2),
    ("sep=;\nx;y\n1;2\n2;4\n", "sep=", 2),
    ('"sep=;"\nx;y\n1,5;2\n2;4\n', "sep=", 2),
    ("# a comment\n# and more, even with a comma\nx,y\n1,2\n2,4\n", "comment", 2),
    ("% a comment\nx;y\n1;2\n2;4\n", "semicolons", 2),
    ("# a,b\nx,y\n1,2\n2,4\n", "comment", 2),
    ("Report of 2024\n\nx,y\n1,2\n2,4\n", "title", 2),
    ("Report, second edition, of 2024\nx,y\n1,2\n2,4\n", "title", 2),
    ("Report of 2024,,\n,,\nx,z,y\n1,2,3\n2,4,5\n", "title", 2),
    ("Report\nby us\n\nx\ty\n1\t2\n2\t4\n", "tabs", 2),
    ("\n\nx,y\n1,2\n2,4\n", "blank", 2),
    ("x,y\n1,2,\n2,4,\n3,6,\n", "end in a comma", 3),
    ("x;y\n1;2;\n2;4;\n3;6;\n", "semicolons", 3),
    ("x,y\n1,2,3\n2,4,5\n3,6,7\n", "one name short", 3),
    ("x,y\nann,2,3\nbob,4,5\n", "one name short", 2),
    (",x,y\n0,2,3\n1,4,5\n2,5,6\n", "row numbers (0, 1, 2, …)", 3),
    (",x,y\n1,2,3\n2,4,5\n3,5,6\n", "row numbers (1, 2, 3, …)", 3),
    (",x,y\nann,2,3\nbob,4,5\n", "row names", 2),
    ("x,y,\n1,2,\n2,4,\n", "empty", 2),
    ("x,,y,\n1,7,2,\n2,9,4,\n", "no name", 2),
    ("1.5,2\n3,4\n", "looks like data", 2),
    ("8,?,3504,18\n8,165,3693,15\n4,95,2372,24\n", "looks like data", 2),
    ("NA,3,4\n8,165,3693\n4,95,2372\n", "looks like data", 2),
    ("2024-01-05,3,4\n2024-01-06,165,3693\n", "looks like data", None),  # type: ignore[list-item]
    ("5,\n6,2\n7,4\n", "looks like data", 2),
    ("1,5;2,5\n3,5;4,5\n", "--separator ';'", 2),
    ("1 2 3\n3 4 5\n", "blanks", 2),
    ("x,y\n1,2\n?,4\n3,6\n", "--missing '?'", 2),
    ("x,y\n1,2\n#N/A,4\n3,#VALUE!\n", "--missing '#N/A'", 1),
    ("x,y\n1,2\n2,None\n2,.\n", "--missing None", 1),
    ('x,y\n"1,5","2,5"\n"2,5","4,5"\n', "--decimal ,", 2),
    ("x,y\n1,2,,\n2,4,,\n", "end in a comma", 2),
    ("x,y\n1,2,\n", "end in a comma", 1),
    ("x,y,\n1,2\n2,4\n", "the header ends in a comma", 2),
    ("n,x,y\n1,2\n2,4\n", "no column is there for", 2),
    ("x,y\nann,1,2\n", "one name short", 1),
    (",,\nx,z,y\n1,2,3\n2,4,5\n", "blank", 2),
    (",,\n1,2,3\n2,4,5\n", "blank", 2),
    ("x,z,y\nm,s,kg\n1,5,3\n2,4,7\n", "units", 2),
    ("x,z,y\n[m],,[kg]\n1,5,3\n2,4,7\n", "units", 2),
    ("a,a,b\nx,z,y\n1,5,3\n2,4,7\n", "names", 2),
    ("x,x,y\n1,5,3\n2,4,7\n", "both named 'x'", 2),
    ("Author,me\nDate,2024\n\nx,z,y\n1,5,3\n2,4,7\n3,8,8\n", "title", 3),
    ("# made\n" * 80 + "x,y\n1,2\n2,4\n", "comment", 2),
    ('a "title\nx,z,y\n1,5,3\n2,4,7\n', "title", 2),
    ("sep=\\t\nx\ty\n1\t2\n2\t4\n", "--separator tab", 2),
    ("M;1,5;2,5\nF;2,5;3,5\n", "semicolons", 2),
    ("x~z~y\n1~5~3\n2~4~7\n", "'~'", 2),
    ("x*y\n1*2\n2*4\n", "'*'", 2),
    ("x，y\n1，2\n2，4\n", "'，'", 2),
    ("x||y\n1||2\n2||4\n", "bars", 2),
    ("TRUE,FALSE\nFALSE,TRUE\nTRUE,TRUE\n", "looks like data", 3),
    ("M,red,15,1\nF,blue,9,2\nM,red,7,4\n", "looks like data", 3),
]


@pytest.mark.parametrize(("content", "word", "n_rows"), READ)
def test_what_the_sentences_say_to_type_reads_the_file(
    content: str, word: str, n_rows: int | None, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    if n_rows is None:  # dates are no numbers, whatever is said
        assert word in refusal(path, [])
        return
    words, sentences = what_it_takes(path)
    assert any(word in sentence for sentence in sentences), sentences
    assert re.match(r", (line \d|column)", sentences[0])
    table = opened(path, words).read()
    assert len(table.y) == n_rows
    assert table.X.shape[1] >= 1


@pytest.mark.parametrize(
    "content",
    [
        "M,0.455,0.365,15\nF,0.53,0.42,9\n",
        "8,?,3504,18\n8,165,3693,15\n",
        "2019,2020,2021\n1,2,3\n",
        "country,2019,2020\n7,1,2\n",
        "5.5,x\n6.5,7\n",
        "2024-01-05,NA,a\n2024-01-06,3,b\n",
        "12:30,a\n12:45,b\n",
        ",1.5,2.5\n3,4,5\n",
        "a,1 299,1.299.000\nb,1,2\n",
    ],
)
def test_a_first_line_that_looks_like_data_names_both_ways_out(content: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    said = refusal(path, [])
    assert all(words in said for words in ("line 1", "looks like data", "--no-header", "--header"))
    names = content.split("\n")[0].split(",")
    assert opened(path, ["--no-header"]).columns == tuple(f"c{count + 1}" for count in range(len(names)))
    if "" not in names:
        assert opened(path, ["--header"]).columns == tuple(names)


@pytest.mark.parametrize(
    "content",
    [
        "x,y,1\n2,3,4\n",
        "x,2019,y\n1,2,3\n",
        "2024-01,2024-02,y\n1,2,3\n",
        "a,b\n",
        "NA,x,y\n1,2,3\n",
        "1st,2nd\n1,2\n",
        "q1,q2\n?,2\n",
        "may,june\n1,2\n",
        "#ID,x\n1,2\n",
        "unknown,x\n1,2\n",
    ],
)
def test_names_are_names(content: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    assert open_source(str(path)).columns == tuple(content.split("\n")[0].split(","))


def test_a_row_that_is_short_below_names_is_at_fault_and_not_the_names(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,z,y\n1,2\n2,4,5\n3,4,5\n", encoding="utf-8")
    assert refusal(path, []).endswith(", line 2: 2 cells where the header has 3; complete the line or remove it.")


def test_a_quote_left_open_is_at_fault_and_not_the_names(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('x,n,y\n1,"pipe,2\n2,pipe,4\n', encoding="utf-8")
    assert "quotes" in refusal(path, [])


def test_tabs_that_end_rows_are_no_blanks(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("x\ty\n1\t2\t\n2\t4\t\n", encoding="utf-8")
    assert "the rows end in a tab" in refusal(path, [])
    assert sorted(what_it_takes(path)[0]) == ["--exclude", "--no-header", "--skip-lines", "1", "c3"]


def test_words_without_a_number_are_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("This is a text, and no table.\nIt has words, too.\n", encoding="utf-8")
    assert "--separator ," not in refusal(path, [])


@pytest.mark.parametrize("content", ['"x,y"\n"1,2"\n', 'x,y\n"1,2"\n"2,4"\n'])
def test_of_one_column_alone_it_says_that_there_is_one(content: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    assert re.search("only one column, 'x,y'|whole line is in quotes", refusal(path, []))


def test_a_column_called_unnamed_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Unnamed: 0,x,y\n0,1,2\n1,2,4\n2,3,7\n", encoding="utf-8")
    source = open_source(str(path))
    assert source.features == ("Unnamed: 0", "x")
    assert "--exclude 'Unnamed: 0'" in source.notices[0]
    assert open_source(str(path), exclude=["Unnamed: 0"]).notices == ()
    path.write_text("Unnamed: 0,x,y\n1,1,2\n1,2,4\n2,3,7\n", encoding="utf-8")
    assert open_source(str(path)).notices == ()


@pytest.mark.parametrize("name", ["Unnamed: 0.1", "index", "id", "row.names", "rownames", "...1", "level_0"])
def test_a_name_for_row_numbers_is_warned_of_in_every_format(name: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({name: [7, 0, 3], "x": [1.5, 2.0, 4.5], "y": [2.5, 4.0, 9.5]})
    frame.write_csv(tmp_path / "a.csv")
    frame.write_parquet(tmp_path / "a.parquet")
    frame.write_ipc(tmp_path / "a.arrow")
    for path in sorted(tmp_path.iterdir()):
        assert f"--exclude {shlex.quote(name)} leaves it out" in open_source(str(path)).notices[0]
        assert open_source(str(path), exclude=[name]).notices == ()


@pytest.mark.parametrize(
    "content",
    [",x,y\n0,1,2\n3,2,4\n7,3,7\n", ",x,y\n7,1,2\n0,2,4\n3,3,7\n", ",x,y\n3,1,2\n2,2,4\n1,3,7\n"],
)
def test_labels_of_rows_that_were_filtered_or_shuffled_look_like_row_numbers(content: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    assert "it looks like row numbers" in refusal(path, [])
    assert what_it_takes(path)[0] == ["--exclude", "c1"]


def test_a_nameless_column_does_not_matter_where_the_others_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",x,y\n1,1,2\n2,2,4\n", encoding="utf-8")
    assert open_source(str(path), features=["x"]).features == ("x",)
    assert open_source(str(path), features=["c1", "x"]).features == ("c1", "x")


@pytest.mark.parametrize("name", ["table.dat", "table.data", "table.txt", "table"])
def test_a_text_of_another_name_says_the_separator_that_reads_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("x;y\n1;2\n2;4\n", encoding="utf-8")
    words, sentences = what_it_takes(path)
    assert words == ["--separator", ";"]
    assert len(sentences) == 1


NINE = ["1,2,3"] * 8


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        (["Report,,", "x,y,z", "1,2,3"], 2),
        (["Report,,", "1,2,3", "x,y,z"], 3),
        (["Report,,", *NINE, "x,y,z"], 10),
        (["Report,,", *NINE, "1,2,3", "x,y,z"], None),
        (["Report,,", "1,2,3", "4,5,6"], None),
        (["Report,,", ",a,b", "4,5,6"], None),
        (["Report,,", "a,b,7", "4,5,6"], None),
        (["Report,of,", "x,y,z", "1,2,3"], None),
        (["Report,", "x,y", "1,2"], None),
        (["# made,by us", "x,y", "1,2"], 2),
        (["  % made,by us", "x,y", "1,2"], 2),
        (["# made,by us", "1,2", "x,y"], None),
        (["# made,by us", "x,y"], None),
        (["made,by us", "x,y", "1,2"], None),
    ],
)
def test_a_first_line_is_a_title_where_a_later_one_names_every_column(lines: list[str], number: int | None) -> None:
    dialect = TextDialect()
    found = title_above("a.csv", layout_of([f"{line}\n" for line in lines], Grammar(",", dialect), 1), dialect)
    if number is None:
        assert found is None
    else:
        assert f"is line {number}: --skip-lines {number - 1} reads from there on" in str(found)


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("sep=;", "--separator ';' --skip-lines 3"),
        ('"sep=;"', "--separator ';' --skip-lines 3"),
        ("SEP=\t", "--separator tab --skip-lines 3"),
        ("sep=,", "--skip-lines 3"),
        ("sep=", "--skip-lines 3"),
    ],
)
def test_a_line_that_is_for_spreadsheets_is_known(line: str, options: str) -> None:
    found = complaint("a.csv", [f"{line}\n", "x;y\n", "1;2\n"], Grammar(",", TextDialect()), 3)
    assert re.fullmatch(
        rf"a\.csv, line 3: this line, '.*', is for spreadsheets: {re.escape(options)} reads what follows\.", str(found)
    )


_SEMICOLONS = "line 1: the columns are separated by semicolons, not by commas"
_BARS = "the columns are separated by bars, not by commas: --separator '|' reads them."
_BLANK = "line 1: the line is blank; it must name the columns"
_SHORT = "the header is one name short: name the first column too, if rows start with their number or name"


@pytest.mark.parametrize(
    ("content", "said", "sentence"),
    [
        ("x;y\n1;2\n2;4\n", {}, f"{_SEMICOLONS}: --separator ';' reads them."),
        ("x;y\n1,5;2\n2,5;4\n", {}, f"{_SEMICOLONS}: --separator ';' --decimal , reads them."),
        ("x;y\n1,5;2\n2,5;4\n", {"decimal": ","}, f"{_SEMICOLONS}: --separator ';' reads them."),
        (
            "1;2\n3;4\n",
            {},
            f"{_SEMICOLONS}: --separator ';' reads them, with --no-header too if line 1 holds no names.",
        ),
        ("1;2\n3;4\n", {"header": True}, f"{_SEMICOLONS}: --separator ';' reads them."),
        ("1;2\n3;4\n", {"header": False}, f"{_SEMICOLONS}: --separator ';' reads them."),
        ("x;y", {}, f"{_SEMICOLONS}: --separator ';' reads them."),
        ("title\n1;2\n3;4\n", {}, f"{_SEMICOLONS}: --separator ';' reads them."),
        (
            "title\n1;2\n3;4\n",
            {"header": False},
            f"{_SEMICOLONS}, and the table begins in line 2: --separator ';' --skip-lines 1 reads them.",
        ),
        ("title\n1;2\n3;4\n", {"header": True}, f"{_SEMICOLONS}: --separator ';' reads them."),
        (
            "my title\n1;2\n3;4\n",
            {},
            f"{_SEMICOLONS}, and the table begins in line 2: --separator ';' --skip-lines 1 --no-header reads them.",
        ),
        (
            "# c\n# d\nx;y\n1;2\n3;4\n",
            {},
            f"{_SEMICOLONS}, and the table begins in line 3: --separator ';' --skip-lines 2 reads them.",
        ),
        ("t\nx|y\n1|2\n", {"skip_lines": 1}, f"line 2: {_BARS}"),
        (
            "x,y\n1,2\n",
            {"separator": ";"},
            "line 1: the columns are separated by commas, not by semicolons: --separator , reads them.",
        ),
        ("x^y\n1^2\n", {}, "line 1: the columns are separated by '^'s, not by commas: --separator '^' reads them."),
        (
            "x\x1fy\n1\x1f2\n",
            {},
            r"line 1: the columns are separated by U+001F characters, not by commas: --separator $'\u001f' reads them.",
        ),
        (
            "# title\n1,2\n3,4\n",
            {},
            "line 1: '# title' is a comment, and the table begins in line 2: --skip-lines 1 --no-header reads from "
            "there on.",
        ),
        (
            "# title\n1,2\n3,4\n",
            {"header": True},
            "line 1: '# title' is a comment, and the table begins in line 2: --skip-lines 1 reads from there on.",
        ),
        (
            "# title\nx,y\n1,2\n3,4\n",
            {"header": False},
            "line 1: '# title' is a comment, and the table begins in line 2: --skip-lines 1 reads from there on.",
        ),
        (
            "# title\nx,y\n1,2\n3,4\n",
            {"header": True},
            "line 1: '# title' is a comment, and the header, with the columns' names, is line 2: --skip-lines 1 reads "
            "from there on.",
        ),
        (
            "a\nb\nx,y\n1,2\n3,4\n",
            {},
            "line 1: 'a' is a title or a comment, and the header, with the columns' names, is line 3: --skip-lines 2 "
            "reads from there on.",
        ),
        (
            "x,y\n1,2,\n2,4,\n",
            {},
            "line 2: 3 cells where the header has 2; the rows end in a comma and the header does not: take it away, or "
            "--skip-lines 1 --no-header --exclude c3 reads the rest.",
        ),
        (
            "x,y\n1,2,3\n2,4,5\n",
            {},
            f"line 2: 3 cells where the header has 2; {_SHORT}, or --skip-lines 1 --no-header --exclude c1 leaves it "
            "out; or a comma cuts a number in two: write decimals with a point, thousands with nothing.",
        ),
        (
            "x,y\n1,2,3,4\n2,4,5,6\n",
            {},
            "line 2: 4 cells where the header has 2; quote a cell that has a separator in it, and write decimals with "
            "a point.",
        ),
        ("\n  \nx;y\n1;2\n", {}, f"{_BLANK}: --skip-lines 2 begins with line 3."),
        (",,\n,,\nx,y,z", {}, f"{_BLANK}: --skip-lines 2 begins with line 3."),
        (",,\n,,\n1,2,3", {}, f"{_BLANK}: --skip-lines 2 --no-header reads the rows from line 3 on."),
        (",,\n,,\n", {}, f"{_BLANK}."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_first_lines_is_one_sentence(
    content: str, said: dict[str, Any], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(LinregError) as caught:
        open_source(str(path), dialect=TextDialect(**said)).read()
    assert str(caught.value) == f"{path}, {sentence}"


@given(st.lists(st.integers(0, 3), max_size=70), st.integers(1, 9))
def test_the_lines_that_agree_are_the_last_ones_with_as_many_cells(lengths: list[int], first_line: int) -> None:
    lines = [",".join("x" * length) + "\n" for length in lengths]
    found = layout_of(lines, Grammar(",", TextDialect()), first_line)
    seen = [(number, length) for number, length in enumerate(lengths[:LINES], first_line) if length]
    if not seen:
        assert (found.n_cells, found.start, found.is_a_table) == (0, 0, False)
        return
    assert [(line.number, len(line.cells)) for line in found.lines] == seen
    start = next(count for count in range(len(seen)) if len({length for _, length in seen[count:]}) == 1)
    assert (found.start, found.n_cells, len(found.body)) == (start, seen[-1][1], len(seen) - start)
    assert found.is_a_table == (seen[-1][1] > 1 and (len(seen) - start > 1 or len(seen) == 1))


@pytest.mark.parametrize(
    ("header", "rows", "is_data"),
    [
        ("1,2,3", ["4,5,6"], True),
        ("1,x,y", ["4,5,6"], False),
        ("1,2,x,y,z", ["4,5,6,7,8"], True),
        ("1,2,3,x,y,z,a", ["4,5,6,7,8,9,10"], True),
        ("1,x", ["4,5"], True),
        (",x", ["4,5"], False),
        (",1,x,y,z", ["4,5,6,7,8"], True),
        ("NA,x,y", ["4,5,6"], False),
        ("NA,x", ["4,5"], True),
        ("NA,x", ["a,5"], False),
        ("NA,x", ["2024-01-05,5"], True),
        ("1,2", ["a,b"], False),
        ("1,2", [], True),
        ("1,x", [], False),
        ("", [], False),
        ("1,2", ["5"], True),
        ("x,2,3", ["5"], False),
    ],
)
def test_a_line_is_data_where_two_cells_or_half_of_them_are_as_those_below(
    header: str, rows: list[str], is_data: bool
) -> None:
    cells = header.split(",") if header else []
    assert looks_like_data(cells, [row.split(",") for row in rows], TextDialect()) == is_data


@pytest.mark.parametrize(
    ("content", "option"),
    [
        (b"x;y\n1;2\n", "--separator ';'"),
        (b"x\ty\n1\t2\n", "--separator tab"),
        (b"x,y\n1,2\n", "--separator ,"),
        (b"x y\n1 2\n", "--separator blank"),
        (b"title\nx y;y\n1 a;2\n3 b;5\n", "--separator ';'"),
        (b"x\n1\n", None),
        (b"", None),
        (b"x;y\n\xff;2\n", None),
        (b"x;y\n1;\0\n", None),
        (b"%PDF;1\n1;2\n", None),
    ],
)
def test_the_separator_of_a_text_is_shown_where_it_cuts_the_lines_alike(
    content: bytes, option: str | None, tmp_path: Path
) -> None:
    (tmp_path / "a.dat").write_bytes(content)
    assert option_shown(str(tmp_path / "a.dat")) == option
    assert option_shown(str(tmp_path / "absent")) is None


@pytest.mark.parametrize(
    ("cells", "looks"),
    [
        (["0"], ""),
        (["0", "1"], ": it looks like row numbers (0, 1, …)"),
        (["1", "2", "3"], ": it looks like row numbers (1, 2, 3, …)"),
        (["2", "3"], ""),
        (["0", "2"], ""),
        (["1.0", "2"], ": it looks like row numbers (1, 2, …)"),
        ([""], ": its cells are empty"),
        (["", ""], ": its cells are empty"),
        (["", "1"], ""),
        (["ann"], ": it looks like row names"),
        (["ann", "bob"], ": it looks like row names"),
        (["ann", "5"], ""),
        (["ann", ""], ""),
    ],
)
def test_what_a_column_without_a_name_looks_like_is_said(cells: list[str], looks: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,,y\n" + "".join(f"7.5,{cell},9\n" for cell in cells), encoding="utf-8")
    with pytest.raises(LinregError) as caught:
        open_source(str(path))
    assert str(caught.value) == (
        f"{path}, line 1: column 2 of 3 has no name{looks}; --exclude c2 leaves it out, or give it a name."
    )
