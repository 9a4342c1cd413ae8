"""``linreg-tui --web`` in a real browser: the monitor is there and takes keys, and only for whoever was let in."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from processes.chromium import needs_chromium, open_browser
from processes.tui_program import epoch

pytest.importorskip("textual_serve")
pytestmark = needs_chromium


@contextmanager
def served(*options: str) -> Iterator[str]:
    """Serve the app, and yield the address that is printed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "linreg_tui", "exercise1", "--paused", "--web", "--port", str(port), *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        found = re.search(r"open (\S+) in", process.stderr.readline())
        assert found is not None
        yield found[1]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.communicate()


async def test_the_page_shows_the_monitor_and_takes_keys_at_once_and_only_from_its_visitor(tmp_path: Path) -> None:
    with served() as address:
        async with open_browser(tmp_path) as browser:
            page, stranger = await browser.page(), await browser.page()
            await page.open(address)
            await page.wait(lambda screen: "PAUSED" in screen and re.search(r"rate 0\.01 ", screen))
            await page.press("+")
            await page.wait(lambda screen: re.search(r"rate 0\.0125 ", screen))
            await page.press(" ")
            await page.wait(lambda screen: "RUNNING" in screen and epoch(screen) > 0)

            assert await page.value("location.href") == address.partition("?")[0]
            assert await page.value("document.cookie") == ""
            own = urlsplit(address).netloc
            assert {urlsplit(asked).netloc for asked in page.asked if not asked.startswith("data:")} == {own}
            assert set(page.statuses.values()) <= {200, 101}

            await stranger.open(address.partition("?")[0])
            await stranger.value("1")
            assert stranger.statuses[address.partition("?")[0]] == 403
            assert set(stranger.statuses.values()) == {403}  # a browser may have asked for a picture of the page too
            assert "linreg-tui has printed" in await stranger.value("document.body.innerText")
