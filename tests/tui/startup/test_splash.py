import os
import sys

import pytest
from rich.cells import cell_len

from linreg.recipe import Recipe
from linreg_tui.startup.splash import ENTER, LEAVE, line, opening
from processes.pseudo import run_in_terminal


@pytest.mark.parametrize("width", [1, 10, 40, 80, 200])
def test_the_line_fits_the_terminal(width: int) -> None:
    assert cell_len(line(Recipe(data="exercise1.csv"), width)) < max(2, width)


def test_the_line_says_what_will_run_and_nothing_that_a_terminal_obeys() -> None:
    shown = line(Recipe(data="/tmp/\x1b[2Jrows.csv", optimizer="Adam"), 80)
    assert "[2Jrows   Adam" in shown
    assert shown.endswith("⋯ LOADING")
    assert shown.isprintable()
    assert line(Recipe(), 80, ascii_only=True).isascii()


def test_the_screen_is_given_back_only_if_what_follows_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    monkeypatch.setattr("os.write", lambda _, text: written.append(text))
    monkeypatch.setattr("os.get_terminal_size", lambda _: __import__("os").terminal_size((80, 24)))
    with opening(Recipe()):
        pass
    assert len(written) == 1
    assert written[0].startswith(ENTER.encode())
    with pytest.raises(ImportError), opening(Recipe()):
        raise ImportError
    assert written[-1] == LEAVE.encode()


LOADS = """
import os
from linreg.recipe import Recipe
from linreg_tui.startup.splash import opening
from linreg_tui.term.terminal import echo_on
with opening(Recipe()):
    key = os.read(0, 1)
echo_on()
os.write(1, b"answered " + key)
"""


def test_a_key_that_comes_meanwhile_is_answered_and_not_echoed() -> None:
    with run_in_terminal([sys.executable, "-c", LOADS], {**os.environ, "TERM": "xterm-256color"}) as terminal:
        terminal.wait(lambda screen: "LOADING" in screen)
        assert terminal.settings() != terminal.initial
        terminal.press("n")
        screen = terminal.wait(lambda screen: "answered n" in "".join(screen.splitlines()))
        assert terminal.status() == 0
        assert terminal.settings() == terminal.initial
    assert "LOADINGanswered n" in "".join(screen.splitlines())
