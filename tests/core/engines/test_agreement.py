"""What differs between the data of two ranks is said of the first thing that does."""

from pathlib import Path
from typing import Any

import pytest

from linreg.data.table import open_source
from linreg.engines.agreement import require_agreement
from linreg.engines.ranks import ALONE, Ranks
from linreg.errors import LinregError
from linreg.recipe import Recipe

ROWS = "x,z,y\n0,1,2\n3,4,5\n"


class Told(Ranks):
    """The first of several ranks; the others see what it is told."""

    def __init__(self, *others: Any) -> None:
        self.n_ranks, self._others = 1 + len(others), others

    def gather(self, value: Any) -> list[Any]:
        return [value, *(value if other is None else other for other in self._others)]


class Asked(Ranks):
    """Keeps what is gathered."""

    n_ranks = 2

    def gather(self, value: Any) -> list[Any]:
        self.seen = value
        return [value, value]


def seen(folder: Path, files: dict[str, str], **choices: Any) -> tuple[Any, Recipe, Any]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    first = next(iter(files)).split("/")[0]
    recipe = Recipe(data=str(folder / first)).changed(**choices)
    source = open_source(recipe.data, target=recipe.target, features=recipe.features, exclude=recipe.exclude)
    asked = Asked()
    require_agreement(source, recipe, asked)
    return source, recipe, asked.seen


FILES = {"d/a.csv": ROWS, "d/b.csv": ROWS}


@pytest.mark.parametrize(
    ("other", "choices", "what"),
    [
        ({"d/a.csv": ROWS.replace("x", "w")}, {}, "of the columns it lacks 'x' and has also 'w'"),
        ({"d/a.csv": "x,z,y,w\n1,2,3,4\n"}, {}, "of the columns it has also 'w'"),
        ({"d/a.csv": "x,y\n1,2\n"}, {}, "of the columns it lacks 'z'"),
        ({"d/a.csv": ROWS.replace("x,z", "z,x")}, {}, "its columns come in another order"),
        (FILES, {"exclude": ["z"]}, "of the chosen columns it lacks 'z'"),
        (FILES, {"features": ["z", "x"]}, "its chosen columns come in another order"),
        (FILES, {"target": "z"}, "its chosen columns come in another order"),
        ({"d/a.csv": ROWS}, {}, "1 file, not 2 files"),
        ({**FILES, "d/c.csv": ROWS}, {}, "3 files, not 2 files"),
        ({"d/a.csv": ROWS, "d/c.csv": ROWS}, {}, "d/c.csv in the place of d/b.csv"),
        ({"d/a.csv": ROWS, "d/b.csv": ROWS * 200}, {}, "its b.csv has 3,600 bytes, not 18"),
        ({"d/a.csv": ROWS, "d/b.csv": ROWS.replace("5", "6")}, {}, "its b.csv has other content, at the same size"),
        ({"d/a.csv": ROWS.replace("5", "4"), "d/b.csv": ROWS.replace("5", "6")}, {}, "its a.csv has other content, at"),
    ],
)  # fmt: skip
def test_a_rank_that_sees_other_data_is_named_with_what_differs(
    other: dict[str, str], choices: dict[str, Any], what: str, tmp_path: Path
) -> None:
    source, recipe, _ = seen(tmp_path / "mine", FILES)
    *_, theirs = seen(tmp_path / "theirs", other, **choices)
    require_agreement(source, recipe, Told(None, None))
    require_agreement(source, recipe, ALONE)
    with pytest.raises(LinregError) as caught:
        require_agreement(source, recipe, Told(None, theirs, None))
    said = str(caught.value)
    assert said.startswith(f"rank 2 sees other data than rank 0: {what.replace('d/', '')}")
    assert said.endswith("; give every machine the same files, and start all ranks alike.")


def test_a_modules_file_counts_by_its_name_and_of_arrays_only_the_columns(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("one")
    *_, theirs = seen(tmp_path / "theirs", FILES, module=f"{tmp_path}/net.py:Net")
    (tmp_path / "net.py").write_text("two")
    source, recipe, mine = seen(tmp_path / "mine", FILES, module=f"{tmp_path}/net.py:Net")
    assert [name for name, *_ in mine.files] == ["a.csv", "b.csv", "net.py"]
    with pytest.raises(LinregError, match=r"^rank 1 sees .*: its net\.py has other content, at the same size;"):
        require_agreement(source, recipe, Told(theirs))
    asked = Asked()
    require_agreement(source, Recipe(data="arrays"), asked)
    assert (asked.seen.files, asked.seen.chosen) == ((), ("x", "z", "y"))
