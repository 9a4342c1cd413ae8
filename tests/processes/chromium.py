"""A real browser, without a window: its pages, what they ask for on the network, and keys as a keyboard has them.

It is driven over its DevTools protocol. What a page of textual-serve shows is drawn on a canvas, so what it was sent is
drawn by an emulator as well.
"""

import asyncio
import base64
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse

from patience import PATIENCE
from tui.emulator import Emulator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
OPTIONS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--remote-debugging-port=0",
    "--disable-background-networking",
    "--disable-component-update",
]


class Page:
    """A page in a browser, as a visitor has it.

    Attributes
    ----------
    asked
        The addresses of all that it has asked for.
    statuses
        What it was answered, by address.
    """

    def __init__(self, browser: "Browser", session: str) -> None:
        self._browser, self._session = browser, session
        self.asked: list[str] = []
        self.statuses: dict[str, int] = {}
        self._emulator: Emulator | None = None

    async def open(self, address: str) -> None:
        """Go to an address."""
        for domain in ("Network", "Page"):
            await self._browser.call(f"{domain}.enable", {}, self._session)
        await self._browser.call("Page.navigate", {"url": address}, self._session)

    async def press(self, text: str) -> None:
        """Press a key that types this character."""
        for kind in ("keyDown", "keyUp"):
            given: dict[str, Any] = {
                "type": kind,
                "key": text,
                "text": text if kind == "keyDown" else "",
                "unmodifiedText": text,
            }
            code = {" ": ("Space", 32), "+": ("Equal", 187)}.get(text, (f"Key{text.upper()}", ord(text.upper())))
            given |= {"code": code[0], "windowsVirtualKeyCode": code[1]}
            await self._browser.call("Input.dispatchKeyEvent", given, self._session)

    async def value(self, expression: str) -> Any:
        """Evaluate an expression in the page."""
        given = {"expression": expression, "returnByValue": True}
        return (await self._browser.call("Runtime.evaluate", given, self._session))["result"].get("value")

    async def wait(self, wanted: Callable[[str], object]) -> str:
        """Wait until the screen satisfies a condition, and return it."""
        async with asyncio.timeout(PATIENCE):
            while not wanted(screen := self._emulator.text if self._emulator is not None else ""):
                await self._browser.listen()
        return screen

    def hear(self, method: str, said: dict[str, Any]) -> None:
        """Take note of an event."""
        if method == "Network.requestWillBeSent":
            self.asked.append(said["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.asked.append(said["url"])
            query = parse_qs(urlsplit(said["url"]).query)
            self._emulator = Emulator(int(query["width"][0]), int(query["height"][0]))
        elif method == "Network.responseReceived":
            self.statuses[said["response"]["url"]] = said["response"]["status"]
        elif method == "Network.webSocketFrameReceived" and said["response"]["opcode"] == 2:
            assert self._emulator is not None
            self._emulator.feed(base64.b64decode(said["response"]["payloadData"]).decode(errors="replace"))


class Browser:
    """A browser, over the one connection on which it answers."""

    def __init__(self, connection: ClientWebSocketResponse) -> None:
        self._connection, self._numbers = connection, count(1)
        self._pages: dict[str, Page] = {}
        self._answers: dict[int, dict[str, Any]] = {}

    async def page(self) -> Page:
        """Make a page that has no cookies."""
        context = (await self.call("Target.createBrowserContext"))["browserContextId"]
        target = await self.call("Target.createTarget", {"url": "about:blank", "browserContextId": context})
        given = {"targetId": target["targetId"], "flatten": True}
        session = (await self.call("Target.attachToTarget", given))["sessionId"]
        self._pages[session] = Page(self, session)
        return self._pages[session]

    async def call(self, method: str, given: dict[str, Any] | None = None, session: str = "") -> Any:
        """Ask for something, and wait for the answer."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": given or {}}
        await self._connection.send_json(message | ({"sessionId": session} if session else {}))
        async with asyncio.timeout(PATIENCE):
            while number not in self._answers:
                await self.listen()
        return self._answers.pop(number)

    async def listen(self) -> None:
        """Take in whatever it says next, or go on after a moment."""
        with suppress(TimeoutError):
            message = await self._connection.receive_json(timeout=0.2)
            if "id" in message:
                assert "error" not in message, message
                self._answers[message["id"]] = message["result"]
            elif message.get("sessionId") in self._pages:
                self._pages[message["sessionId"]].hear(message["method"], message["params"])


@asynccontextmanager
async def open_browser(folder: Path) -> AsyncIterator[Browser]:
    """Start a browser whose profile is in a folder, and end it."""
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={folder}", "about:blank"]
    process = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.PIPE, start_new_session=True)
    try:
        assert process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(rb"listening on (ws:\S+)", await process.stderr.readline())):
                pass
        draining = asyncio.create_task(process.stderr.read())
        async with ClientSession() as client, client.ws_connect(found[1].decode(), max_msg_size=0) as connection:
            yield Browser(connection)
            await connection.send_str(json.dumps({"id": 0, "method": "Browser.close"}))
            await process.wait()
            await draining
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
