"""Which run a word means: looking up may guess, changing may not."""

import pytest

from linreg.errors import LinregError
from linreg.recipe import Recipe
from linreg.store.names import MOST_NEAR, checked_name, default_name, free_name, is_id, meant, named, new_id

RUNS = [(1, "aaa111", "exp"), (3, "bbb222", "exp-2"), (2, "bcc333", "other")]


@pytest.mark.parametrize(
    ("word", "number"),
    [("exp", 1), ("exp-2", 3), ("exp-", 3), ("o", 2), ("aaa111", 1), ("aa", 1), ("bb", 3), ("latest", 3)],
)
def test_a_name_an_id_their_beginning_or_latest_finds_a_run(word: str, number: int) -> None:
    assert meant(word, RUNS) == number


def test_a_run_that_is_called_latest_is_meant_by_its_name() -> None:
    assert meant("latest", [*RUNS, (0, "ddd444", "latest")]) == 0
    assert named("latest", [*RUNS, (0, "ddd444", "latest")]) == 0


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("b", "2 runs begin with 'b'; give more of the name, or the id."),
        ("ex", "2 runs begin with 'ex'; give more of the name, or the id."),
        ("othr", "there is no run 'othr' (did you mean 'other'?); linreg runs list shows all that there are."),
        ("", "there is no run ''; linreg runs list shows all that there are."),
        ("zzzzz", "there is no run 'zzzzz'; linreg runs list shows all that there are."),
    ],
)
def test_a_word_that_means_none_or_several_is_refused(word: str, words: str) -> None:
    with pytest.raises(LinregError) as caught:
        meant(word, RUNS)
    assert str(caught.value) == words


def test_without_runs_nothing_is_the_latest() -> None:
    for find in (meant, named):
        with pytest.raises(LinregError, match=r"^there is no run .*'latest'; linreg runs list shows all"):
            find("latest", [])


@pytest.mark.parametrize(("word", "number"), [("exp", 1), ("exp-2", 3), ("bcc333", 2)])
def test_who_changes_a_run_gives_its_whole_name_or_id(word: str, number: int) -> None:
    assert named(word, RUNS) == number


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("exp-", "there is no run called 'exp-': to change a run takes its whole name or id, as of exp-2 (bbb222)."),
        ("e", "to change a run takes its whole name or id, as of exp (aaa111), exp-2 (bbb222)."),
        ("latest", "to change a run takes its whole name or id, as of exp-2 (bbb222)."),
        ("othr", "there is no run called 'othr' (did you mean 'other'?); linreg runs list shows all that there are."),
        ("", "there is no run called ''; linreg runs list shows all that there are."),
    ],
)
def test_who_does_not_is_shown_what_is_near(word: str, words: str) -> None:
    with pytest.raises(LinregError) as caught:
        named(word, RUNS)
    assert str(caught.value).endswith(words)


def test_of_many_that_are_near_the_first_are_shown() -> None:
    runs = [(number, f"id{number}", f"run {number}") for number in range(MOST_NEAR + 2)]
    with pytest.raises(LinregError, match=r"run 0 \(id0\), .* and 2 more\.$"):
        named("run", runs)
    with pytest.raises(LinregError, match=rf"run {MOST_NEAR - 1} \(id{MOST_NEAR - 1}\)\.$"):
        named("run", runs[:MOST_NEAR])


@pytest.mark.parametrize(
    ("name", "kept"), [("x", "x"), (" a b ", "a b"), ("x" * 100, "x" * 100), (f" {'x' * 100} ", "x" * 100)]
)
def test_a_name_is_kept_without_space_around_it(name: str, kept: str) -> None:
    assert checked_name(name) == kept


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "a run's name has 1 to 100 characters, not 0; choose another."),
        ("x" * 1001, "a run's name has 1 to 100 characters, not 1,001; choose another."),
        ("x" * 101, "a run's name has 1 to 100 characters, not 101; choose another."),
        (" latest", "'latest' means the newest run, whatever it is called; choose another name."),
    ],
)
def test_what_can_be_no_name_is_said(name: str, words: str) -> None:
    with pytest.raises(LinregError) as caught:
        checked_name(name)
    assert str(caught.value) == words


def test_a_run_is_called_after_its_data_as_far_as_there_is_room() -> None:
    for data, name in ((f"/x/{'y' * 200}.csv", "y" * 100), (" a .b.csv", "a"), ("-", "run"), ("latest", "run")):
        assert default_name(Recipe(data=data)) == name


def test_a_name_that_is_taken_gets_the_next_number() -> None:
    taken = {"a", "a-2", "a-4", "b-2"}
    assert [free_name(name, taken) for name in ("a", "b", "a-2")] == ["a-3", "b", "a-2-2"]


def test_an_id_is_ten_digits_and_letters_up_to_f() -> None:
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(map(is_id, ids))
    for text in ("", "012345678", "01234567890", "0123456789\n", "ABCDEF0123", "g123456789", 123, None):
        assert not is_id(text)
