"""README's Python, run as it stands: what it prints is what the comments beside it say."""

import ast
import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
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
