"""Whether the files of a run are still what they were."""

import os
from hashlib import blake2b
from pathlib import Path

import pytest

from linreg import LinregError, Recipe
from linreg.data import fingerprint
from linreg.data.fingerprint import Fingerprint, fingerprint_of, rooted


def looked_at(data: Path | str, module: str | None = None) -> Fingerprint:
    found = fingerprint_of(str(data), module)
    assert found is not None
    return found


def test_a_file_that_was_only_touched_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n")
    then = looked_at(path)
    os.utime(path, ns=(0, 0))
    assert then.difference(looked_at(path)) is None
    assert then.size == 8


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("x,y\n1,3\n", "a.csv has other content than then, at the same size"),
        ("x\n", "a.csv had 8 bytes then and has 2 now"),
    ],
)
def test_a_file_with_other_content_is_told_of(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n1,2\n")
    then = looked_at(path)
    path.write_text(content)
    os.utime(path, ns=(then.parts[0].changed,) * 2)
    assert then.difference(looked_at(path)) == words


@pytest.mark.parametrize("place", [0, 500, -1])
def test_of_a_large_file_the_ends_the_size_and_the_time_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    monkeypatch.setattr(fingerprint, "WHOLE_UP_TO", 100)
    monkeypatch.setattr(fingerprint, "END", 10)
    path = tmp_path / "a.csv"
    path.write_bytes(bytes(1000))
    then = looked_at(path)
    assert then.difference(looked_at(path)) is None
    content = bytearray(1000)
    content[place] = 1
    path.write_bytes(content)
    os.utime(path, ns=(then.parts[0].changed + 1,) * 2)
    said = "was written to since then" if place == 500 else "has other content than then, at the same size"
    assert then.difference(looked_at(path)) == f"a.csv {said}"


@pytest.mark.parametrize("size", [2**24, 2**24 + 1, 2**24 + 2**21])
def test_up_to_16_mib_all_bytes_are_hashed_and_of_more_the_first_and_the_last_mib(size: int, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    with path.open("wb") as file:
        file.truncate(size)
        for place in (0, 2**20 - 1, 2**20, size - 2**20 - 1, size - 2**20, size - 1):
            file.seek(place)
            file.write(bytes([1 + place % 251]))
    content = path.read_bytes()
    hashed = content if size <= 2**24 else content[: 2**20] + content[-(2**20) :]
    [part] = looked_at(path).parts
    assert part.digest == blake2b(hashed, digest_size=20).hexdigest()
    assert (part.size, part.is_whole) == (size, size <= 2**24)


def test_every_file_of_a_folder_and_of_a_pattern_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.csv", "year=2024/a.csv", "_SUCCESS"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x,y\n1,2\n")
    monkeypatch.chdir(tmp_path)
    then = looked_at(".")
    assert [part.path for part in then.parts] == [f"{tmp_path}/b.csv", f"{tmp_path}/year=2024/a.csv"]
    assert looked_at(f"{tmp_path}/**/*.csv") == then
    (tmp_path / "c.csv").write_text("x,y\n1,2\n")
    assert then.difference(looked_at(".")) == f"{tmp_path}/c.csv is new"
    (tmp_path / "c.csv").unlink()
    (tmp_path / "b.csv").unlink()
    assert then.difference(looked_at(".")) == f"{tmp_path}/b.csv is gone"
    (tmp_path / "b.csv").write_text("x,y\n1,3\n")
    (tmp_path / "year=2024/a.csv").write_text("x,y\n1,3\n")
    assert (
        then.difference(looked_at("."))
        == "b.csv has other content than then, at the same size, and 1 more have changed"
    )


def test_a_modules_file_counts_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "mine.py").write_text("one")
    then = looked_at(tmp_path / "a.csv", f"{tmp_path}/mine.py:Model")
    (tmp_path / "mine.py").write_text("two")
    difference = then.difference(looked_at(tmp_path / "a.csv", f"{tmp_path}/mine.py:Model"))
    assert difference == "mine.py has other content than then, at the same size"


def test_the_file_of_rows_held_out_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    others = tmp_path / "b.csv"
    others.write_text("x,y\n3,4\n")
    monkeypatch.chdir(tmp_path)
    recipe = rooted(Recipe(data="a.csv", hold_out="b.csv"))
    assert recipe.hold_out == str(others)
    assert rooted(Recipe(data="a.csv", hold_out="0.2:3")).hold_out == "0.2:3"
    then = fingerprint_of(recipe.data, None, recipe.held_out_file)
    others.write_text("x,y\n3,5\n")
    now = fingerprint_of(recipe.data, None, recipe.held_out_file)
    assert then is not None
    assert now is not None
    assert then.difference(now) == "b.csv has other content than then, at the same size"


def test_what_can_be_read_only_once_has_no_fingerprint(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for data in ("-", "arrays", f"{tmp_path}/pipe.csv", f"{tmp_path}/none.csv"):
        assert fingerprint_of(data) is None


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    with pytest.raises(LinregError, match=r"cannot read .*none\.py: No such file"):
        fingerprint_of(f"{tmp_path}/a.csv", f"{tmp_path}/none.py:Model")


def test_it_comes_back_from_plain_values(tmp_path: Path) -> None:
    (tmp_path / "a\udcff.csv").write_text("x,y\n1,2\n")
    then = looked_at(tmp_path)
    assert Fingerprint.of_dict(then.as_dict()) == then
    (tmp_path / "a\udcff.csv").write_text("")
    assert str(then.difference(looked_at(tmp_path))).startswith("a\ufffd.csv had 8 bytes")


def test_a_recipe_means_the_same_files_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    recipe = rooted(Recipe(data="a.csv", module="mine.py:Model"))
    assert (recipe.data, recipe.module) == (f"{tmp_path}/a.csv", f"{tmp_path}/mine.py:Model")
    assert rooted(recipe) == recipe
    assert rooted(Recipe(data="-")).data == "-"


def test_of_many_files_no_more_than_a_few_are_read_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "WHOLE_UP_TO", 1000)
    monkeypatch.setattr(fingerprint, "END", 10)
    for number in range(9):
        (tmp_path / f"{number}.csv").write_bytes(b"x,y\n" + b"1,2\n" * 224)
    taken = fingerprint_of(str(tmp_path / "*.csv"))
    assert taken is not None
    assert [part.is_whole for part in taken.parts] == [True] * 4 + [False] * 5
    assert sum(part.size for part in taken.parts) == 8100
    again = fingerprint_of(str(tmp_path / "*.csv"))
    assert again is not None
    assert taken.difference(again) is None
    (tmp_path / "8.csv").write_bytes(b"x,y\n" + b"1,2\n" * 223 + b"1,3\n")
    changed = fingerprint_of(str(tmp_path / "*.csv"))
    assert changed is not None
    assert taken.difference(changed) == "8.csv has other content than then, at the same size"
