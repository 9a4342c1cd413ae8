"""Bad data is refused with one sentence that names the file and says where and what, and never with a traceback."""

import os
import sys
from pathlib import Path
from unicodedata import category

import pytest

from bad_inputs import BadInput, bad_inputs
from linreg.data.table import open_source
from linreg.errors import LinregError
from linreg.text import safe

BAD_INPUTS = bad_inputs()


def read_whole(data: str) -> None:
    open_source(data).read()


def read_in_batches(data: str) -> None:
    for _ in open_source(data).batches():
        pass


def refusal(data: str, *, whole: bool) -> str:
    with pytest.raises(LinregError) as caught:
        read_whole(data) if whole else read_in_batches(data)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


@pytest.mark.parametrize("bad", BAD_INPUTS, ids=lambda bad: bad.name)
def test_a_bad_input_is_refused_with_one_sentence_that_names_it(bad: BadInput, tmp_path: Path) -> None:
    data = bad.make(tmp_path)
    sentence = refusal(data, whole=True)
    assert sentence == refusal(data, whole=False)
    assert safe(data)[-30:] in sentence
    assert sentence.endswith(".")
    assert not [character for character in sentence if category(character) in ("Cc", "Cf", "Cs")]
    for word in bad.words:
        assert word in sentence
    assert len(sentence) < len(str(tmp_path)) + 500


def test_there_are_more_than_sixty_bad_inputs_with_different_names() -> None:
    assert len({bad.name for bad in BAD_INPUTS}) == len(BAD_INPUTS) >= 60


def test_an_empty_name_is_refused() -> None:
    assert "empty" in refusal("", whole=True)


def test_a_name_with_a_nul_is_refused() -> None:
    assert "NUL" in refusal("a\0.csv", whole=True)


def test_a_file_without_permission_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "secret.csv"
    data.write_text("x,y\n1,2\n")

    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    assert "no permission" in refusal(str(data), whole=True)


def test_a_folder_that_cannot_be_entered_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "stat", refuse)
    assert "permission" in refusal(str(tmp_path / "a.csv"), whole=True)


def test_a_disk_that_fails_is_no_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "a.csv"
    data.write_text("x,y\n1,2\n")
    source = open_source(str(data))
    data.unlink()
    with pytest.raises(LinregError, match="cannot be read: No such file"):
        source.read()


def test_a_header_that_changes_between_opening_and_reading_is_noticed(tmp_path: Path) -> None:
    data = tmp_path / "a.csv"
    data.write_text("x,y\n1,2\n")
    source = open_source(str(data))
    data.write_text("y,x\n1,2\n")
    with pytest.raises(LinregError, match="header has changed"):
        source.read()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "wieght"}, ("--target", "'wieght'", "did you mean 'weight'", "'height', 'weight', 'note'")),
        ({"features": ["nope"]}, ("--feature", "'nope'", "'height'")),
        ({"exclude": ["nope"]}, ("--exclude", "'nope'", "'height'")),
        ({"features": ["height"], "target": "height"}, ("'height'", "also --target")),
        ({"features": ["height", "height"], "target": "weight"}, ("'height'", "twice")),
        ({"features": ["note"]}, ("'note'", "last column")),
        ({"exclude": ["note"], "target": "note"}, ("'note'", "--target and --exclude")),
        ({"exclude": ["height"], "features": ["height"]}, ("'height'", "--feature and --exclude")),
        ({"exclude": ["height", "note"]}, ("no feature is left",)),
        ({"exclude": ["height", "weight", "note"]}, ("no feature is left",)),
        ({"target": "weight"}, ("line 2", "'tall'", "--exclude 'note'")),
        ({"target": "note"}, ("line 2", "'tall'", "--target")),
        ({"features": ["note"], "target": "weight"}, ("line 2", "'tall'", "choose other columns with --feature")),
    ],
)
def test_a_wrong_choice_of_columns_is_refused_with_the_way_out(
    options: dict[str, object], words: tuple[str, ...], tmp_path: Path
) -> None:
    data = tmp_path / "people.csv"
    data.write_text("height,weight,note\n1.8,75,tall\n")
    with pytest.raises(LinregError) as caught:
        open_source(str(data), **options).read()  # type: ignore[arg-type]
    assert str(data) in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def test_many_columns_are_named_in_part_only(tmp_path: Path) -> None:
    data = tmp_path / "wide.csv"
    data.write_text(",".join(f"x{i}" for i in range(500)) + "\n")
    with pytest.raises(LinregError, match=r"'x11' and 488 more\.$"):
        open_source(str(data), target="weight")


def test_a_row_that_never_ends_is_refused_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linreg.data.formats.records.LARGEST_RECORD", 1 << 20)
    data = tmp_path / "a.csv"
    data.write_bytes(b'x,y\n1,2\n"3,' + b"4\n" * (14 << 19))
    with pytest.raises(LinregError, match=r"line 3: the row does not end within 1 MiB"):
        open_source(str(data)).read()


def test_an_endless_cell_is_refused_where_it_starts(tmp_path: Path) -> None:
    data = tmp_path / "a.csv"
    data.write_bytes(b'x,y\n1,2\n"3,' + b"4\n" * 200_000)
    with pytest.raises(LinregError, match="line 3: "):
        open_source(str(data)).read()


def test_damaged_files_leave_nothing_on_standard_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for count, bad in enumerate(BAD_INPUTS):
        folder = tmp_path / str(count)
        folder.mkdir()
        refusal(bad.make(folder), whole=True)
    sys.stderr.flush()
    assert capfd.readouterr() == ("", "")
