"""``linreg-tui`` up to the moment when the screen opens: its options, and what it refuses."""

import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from linreg.cli.recipe_options import choose
from linreg_tui.startup import command
from linreg_tui.startup.options import draws_ascii
from linreg_tui.term import terminal

TUI = [sys.executable, "-m", "linreg_tui"]


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*TUI, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the screen would be opened with; nothing is shown."""
    calls: list[dict[str, Any]] = []

    def show(recipe: Any, launcher: Any = None, **options: Any) -> int:
        assert launcher == "launcher"
        calls.append({"recipe": recipe, **options})
        return 0

    monkeypatch.setitem(sys.modules, "linreg_tui.startup.terminal_monitor", SimpleNamespace(show=show))
    monkeypatch.setattr(terminal, "require_terminal", lambda: None)
    monkeypatch.setattr(command, "launch", lambda work, _: work("launcher"))
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return calls


def test_without_arguments_it_opens_exercise1_paused(opened: list[dict[str, Any]]) -> None:
    assert command.run_command_line([]) == 0
    (call,) = opened
    assert call.pop("recipe") == choose("exercise1")
    kept = {"recorded": True, "name": None, "retrace": None}
    assert call == {"speed": None, "paused": True, "ascii_only": False, "over_ssh": False, "theme": None, **kept}


def test_options_describe_the_run_as_those_of_the_plain_command_do(opened: list[dict[str, Any]]) -> None:
    options = ["quiz1", "--lr", "0.5", "--optimizer", "Adam", "--set", "eps=1e-3", "-f", "x1", "--epochs", "7"]
    assert command.run_command_line([*options, "--every", "5"]) == 0
    wanted = choose(
        "quiz1", learning_rate="0.5", optimizer="Adam", set_=["eps=1e-3"], feature=["x1"], epochs=7, every=5
    )
    assert opened[0]["recipe"] == wanted
    assert not opened[0]["paused"]


@pytest.mark.parametrize(
    ("arguments", "is_paused"),
    [
        (["--theme", "light"], True),
        (["--theme=ansi", "--ascii"], True),
        (["--ascii"], True),
        (["exercise1", "--theme", "light"], False),
        (["--speed", "max"], False),
        (["--lr", "0.1"], False),
        (["--theme", "light", "--lr", "0.1"], False),
    ],
    ids=str,
)
def test_options_of_looks_start_no_run(arguments: list[str], is_paused: bool, opened: list[dict[str, Any]]) -> None:
    assert command.run_command_line(arguments) == 0
    assert opened[0]["paused"] is is_paused


UTF8 = {"TERM": "xterm-256color", "LANG": "de_DE.UTF-8"}


@pytest.mark.parametrize(
    ("environment", "is_plain"),
    [
        (UTF8, False),
        ({}, False),
        (UTF8 | {"TERM": "linux"}, True),
        (UTF8 | {"TERM": "vt100"}, True),
        (UTF8 | {"TERM": "tmux-256color"}, False),
        (UTF8 | {"LC_ALL": "C"}, True),
        (UTF8 | {"LC_CTYPE": "POSIX"}, True),
        (UTF8 | {"LC_ALL": "de_DE.ISO-8859-1"}, True),
        ({"LANG": "C", "LC_ALL": "en_US.utf8"}, False),
    ],
    ids=str,
)
def test_where_a_terminal_or_a_locale_has_no_braille_none_is_drawn_unless_it_is_asked_for(
    environment: dict[str, str], is_plain: bool
) -> None:
    assert draws_ascii(None, environment) is is_plain
    assert draws_ascii(True, environment)
    assert not draws_ascii(False, environment)


def test_ascii_is_asked_for_or_found_out(opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    for arguments in ([], ["--no-ascii"], ["--ascii"]):
        assert command.run_command_line(arguments) == 0
    assert [call["ascii_only"] for call in opened] == [True, False, True]


@pytest.mark.parametrize(("text", "speed"), [("max", math.inf), ("MAX", math.inf), ("2.5", 2.5)])
def test_a_speed_is_a_number_or_max(text: str, speed: float, opened: list[dict[str, Any]]) -> None:
    assert command.run_command_line(["--speed", text]) == 0
    assert opened[0]["speed"] == speed


def test_how_to_watch_is_handed_on(opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "::1 1 ::1 2")
    assert command.run_command_line(["--ascii", "--theme", "Light", "--paused"]) == 0
    assert {name: opened[0][name] for name in ("ascii_only", "theme", "paused", "over_ssh")} == {
        "ascii_only": True,
        "theme": "light",
        "paused": True,
        "over_ssh": True,
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["exercsie1"], "did you mean 'exercise1'"),
        (["nowhere.csv"], "nowhere.csv"),
        (["--speed", "0"], "--speed takes"),
        (["--speed", "inf"], "--speed takes"),
        (["--theme", "pink"], "dark, light, ansi"),
        (["--epochs", "-1"], "--epochs takes"),
        (["--port", "80"], "belong to --web"),
        (["--attach", "nobody"], "there is no run 'nobody'"),
        (["--attach"], "no run is going"),
        (["--replay", "--resume"], "each show another run"),
        (["--resume"], "there is no run to resume"),
        (["--web", "-"], "name a file"),
        (["--set", "momentum=abc"], "SGD's option momentum takes a number, not 'abc'"),
        (["--set", "momentm=0.9"], "did you mean 'momentum'"),
        (["--optimizer", "Adm"], "did you mean 'Adam'"),
        (["--optimizer", "Adam", "--set", "betas=2,3"], "betas"),
        (["--module", "nowhere.py:Model"], "cannot read the module's file nowhere.py"),
        (["--module", "{module}:Lineer"], "did you mean 'Linear'"),
        (["--criterion", "L1Loss", "--set", "momentum=auto"], "comes from the curvature"),
        (["--device", "tpu"], "--device takes"),
        (["--format", "json"], "see linreg-tui --help"),
    ],
)
def test_wrong_input_is_one_sentence_before_the_screen_opens(
    arguments: list[str],
    sentence: str,
    opened: list[dict[str, Any]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    module = tmp_path / "model.py"
    module.write_text("from torch import nn\n\nclass Linear(nn.Module):\n    pass\n")
    assert command.run_command_line([each.format(module=module) for each in arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert opened == []


def test_without_a_terminal_it_names_the_command_that_needs_none() -> None:
    done = _run("exercise1")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"linreg: .*terminal.*linreg run.*\n", done.stderr)


def test_rows_on_standard_input_without_a_keyboard_are_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [*TUI, "-"], input="x,y\n1,2\n", capture_output=True, text=True, start_new_session=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "linreg run" in done.stderr


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_wait_for_nothing_heavy(option: str) -> None:
    program = (
        "import sys; from linreg_tui.startup.command import run_command_line; status = run_command_line(sys.argv[1:]);"
        "print([name for name in ('torch', 'textual', 'polars', 'numpy', 'scipy') if name in sys.modules], "
        "file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, option], capture_output=True, text=True, check=True)
    assert done.stderr == "[]\n"
    assert "linreg-tui" in done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_web_page_is_served_to_this_machine_only_and_a_signal_ends_it() -> None:
    pytest.importorskip("textual_serve")
    port = _free_port()
    process = subprocess.Popen([*TUI, "--web", "--port", str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stderr is not None
        said = process.stderr.readline().decode()
        found = re.fullmatch(rf"linreg: open (http://127.0.0.1:{port}/\?token=\S+) in a browser; Ctrl-C ends.\n", said)
        assert found is not None
        for _ in range(100):
            try:
                page = urllib.request.urlopen(found[1], timeout=10).read()
                break
            except urllib.error.URLError:
                time.sleep(0.05)
        assert b"ws://127.0.0.1" in page
        stranger = urllib.request.Request(f"http://127.0.0.1:{port}/ws", headers={"Origin": "http://evil.example"})
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(stranger, timeout=10)
        with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.2", port), timeout=10):
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


def test_an_address_that_is_taken_is_one_sentence() -> None:
    pytest.importorskip("textual_serve")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = _run("--web", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert re.fullmatch(r"linreg: cannot serve on 127.0.0.1:\d+: .* in use\.\n", done.stderr)
