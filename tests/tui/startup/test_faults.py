"""A fault of the app: one sentence once the screen is left, which names the file with the traceback."""

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from linreg_tui.startup import terminal_monitor


def test_a_fault_of_the_app_names_its_traceback_and_asks_for_a_report(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run(_: object) -> None:
        pass

    log = SimpleNamespace(has_grown=True, path=own_home / "linreg-tui.log")
    app = SimpleNamespace(goes_on=False, ended_by=None, _exception=ZeroDivisionError("so it is"))
    monkeypatch.setattr(terminal_monitor, "screen_only_for_the_app", lambda: nullcontext(log))
    monkeypatch.setattr(terminal_monitor, "TerminalMonitor", lambda *_, **__: app)
    monkeypatch.setattr(terminal_monitor, "_run", run)
    subject: Any = None
    assert terminal_monitor.show(subject) == 70
    said = capsys.readouterr().err
    assert said.startswith(
        "linreg: internal error: ZeroDivisionError: so it is; please report it: its traceback is in "
    )
    (path,) = (own_home / "faults").iterdir()
    assert str(path) in said
    assert "ZeroDivisionError: so it is" in path.read_text()
