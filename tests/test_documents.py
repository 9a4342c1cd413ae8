"""What the documents say is so: README's Python prints it, the files are there, and the rooms stand in that order."""

import ast
import re
import tomllib
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
README, CONTRIBUTING = ROOT / "README.md", ROOT / ".github" / "CONTRIBUTING.md"
SECURITY = ROOT / ".github" / "SECURITY.md"
FOLDERS = [ROOT, ROOT / "core/linreg", ROOT / "core/linreg/data/formats"]
FOLDERS += [ROOT / "tui/linreg_tui", *(ROOT / "tui/linreg_tui/monitor" / room for room in ("panels", "step"))]
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"(?<!\w)-?\d+\.?\d*(?:e[-+]?\d+)?")


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_prints_what_its_comments_say(example: str) -> None:
    names: dict[str, Any] = {}
    for statement in ast.parse(example).body:
        with redirect_stdout(StringIO()) as output:
            exec(compile(ast.Module([statement], []), "README.md", "exec"), names)
        last_line = example.splitlines()[(statement.end_lineno or 0) - 1]
        if last_line.startswith("print("):
            _, _, comment = last_line.partition("  # ")
            printed = output.getvalue().strip()
            assert NUMBER.sub("…", printed) == NUMBER.sub("…", comment)
            numbers = [float(number) for number in NUMBER.findall(comment)]
            assert [float(number) for number in NUMBER.findall(printed)] == pytest.approx(numbers, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("document", [README, CONTRIBUTING, SECURITY, ROOT / "tests" / "benchmarks" / "README.md"])
def test_every_link_leads_to_a_file(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", document.read_text(encoding="utf-8")):
        assert (document.parent / link).exists(), link


def test_every_file_that_contributors_are_sent_to_is_there() -> None:
    names = re.findall(r"`([\w/]+(?:\.py|/))`", CONTRIBUTING.read_text(encoding="utf-8"))
    assert names
    for name in names:
        assert any((folder / name).exists() for folder in FOLDERS), name


@pytest.mark.parametrize("package", ["core/linreg", "tui/linreg_tui"])
def test_the_map_has_every_room_on_its_floor(package: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    [layers] = [each["layers"] for each in contracts if each.get("containers") == [Path(package).name]]
    table = CONTRIBUTING.read_text(encoding="utf-8").partition(f"| `{package}` |")[2].partition("\n\n")[0]
    rooms = [re.findall(r"`(\w+)/?`", line.split("|")[1]) for line in table.splitlines()[2:]]
    assert [room for floor in rooms for room in floor] == [room for layer in layers for room in layer.split(" | ")]
