"""Who may see the page that is served: whoever has its address, from where it is."""

import re
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from linreg.errors import LinregError
from linreg_tui.startup import web
from linreg_tui.startup.visitors import Visitors, authority

pytest.importorskip("textual_serve")
from aiohttp.test_utils import TestClient, TestServer

from linreg_tui.startup import page_server
from linreg_tui.startup.page_server import PageServer

OWN = "127.0.0.1:8000"


def test_only_the_page_that_is_served_may_connect() -> None:
    visitors = Visitors("127.0.0.1", 8000)
    assert visitors.is_own_page(f"http://{OWN}", OWN)
    assert visitors.is_own_page("http://localhost:8000", "localhost:8000")
    assert not visitors.is_own_page(None, OWN)
    assert not visitors.is_own_page("null", OWN)
    assert not visitors.is_own_page("http://localhost:8000", OWN)
    assert not visitors.is_own_page("http://evil.example", OWN)
    assert not visitors.is_own_page("http://evil.example:8000", "evil.example:8000")
    assert not visitors.is_own_page("http://127.0.0.1:9000", OWN)
    assert not visitors.is_own_page(f"https://{OWN}", OWN)


@pytest.mark.parametrize(
    ("host", "port", "address", "asked", "not_asked"),
    [
        ("::1", 8000, "http://[::1]:8000/", ["[::1]:8000", "[0:0::1]:8000", "localhost:8000"], ["[::1]", "::1:8000"]),
        ("0.0.0.0", 8000, "http://127.0.0.1:8000/", [OWN, "box.lan:8000", "10.0.0.7:8000"], ["box.lan", 'a"b:8000']),
        ("::", 8000, "http://[::1]:8000/", ["[::1]:8000", "[fe80::1]:8000", OWN], ["box.lan:80"]),
        ("127.0.0.1", 80, "http://127.0.0.1/", ["127.0.0.1", "127.0.0.1:80", "localhost"], [OWN, "", "a@127.0.0.1"]),
        ("Box.lan", 8000, "http://box.lan:8000/", ["box.lan:8000", "BOX.LAN:8000"], ["localhost:8000", OWN]),
    ],
)
def test_addresses_are_understood_as_browsers_write_them(
    host: str, port: int, address: str, asked: list[str], not_asked: list[str]
) -> None:
    visitors = Visitors(host, port)
    assert visitors.address == f"{address}?token={visitors.token}"
    for name in asked:
        assert visitors.is_here(name), name
        assert visitors.is_own_page(f"http://{name}", name), name
    for name in not_asked:
        assert not visitors.is_here(name), name


def test_every_start_has_a_token_of_its_own() -> None:
    one, other = Visitors("127.0.0.1", 8000), Visitors("127.0.0.1", 8000)
    assert len(one.token) > 40
    assert one.are_known_by(one.token)
    for stranger in (None, "", other.token, one.token[:-1], one.token + "x", "\ud800"):
        assert not one.are_known_by(stranger)


@pytest.fixture
async def client() -> AsyncIterator[tuple[TestClient[Any, Any], Visitors]]:
    server = PageServer("true", "127.0.0.1", 8000)
    async with TestClient(TestServer(await server._make_app())) as client:
        yield client, server._visitors


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/textual.js", "/static/", "/download/x", "/nothing"])
async def test_a_stranger_is_shown_nothing(path: str, client: tuple[TestClient[Any, Any], Visitors]) -> None:
    browser, visitors = client
    headers = {"Host": OWN, "Origin": f"http://{OWN}"}
    for cookie in ("", f"{visitors.cookie}=", f"{visitors.cookie}=x", f"other={visitors.token}"):
        async with browser.get(path, headers={**headers, "Cookie": cookie}) as answer:
            assert answer.status == 403
    if path != "/":
        async with browser.get(f"{path}?token={visitors.token}", headers=headers) as answer:
            assert answer.status == 403


async def test_the_address_that_was_printed_becomes_a_cookie_that_no_script_reads(
    client: tuple[TestClient[Any, Any], Visitors],
) -> None:
    browser, visitors = client
    async with browser.get(f"/?token={visitors.token}", headers={"Host": OWN}) as answer:
        assert answer.status == 200
        text, cookie = await answer.text(), answer.headers["Set-Cookie"]
    assert re.fullmatch(rf"linreg-8000={visitors.token}; HttpOnly; Path=/; SameSite=Strict", cookie)
    assert visitors.token not in text
    assert set(re.findall(r"\w+://[\w.:]+", text)) == {f"ws://{OWN}"}
    headers = {"Host": OWN, "Cookie": f"{visitors.cookie}={visitors.token}"}
    for path in ("/", "/static/js/textual.js"):
        async with browser.get(path, headers=headers) as answer:
            assert answer.status == 200
    strange = [{"Host": "evil.example:8000"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
    for other in strange:
        for path in ("/", "/ws"):
            async with browser.get(path, headers={**headers, **other}) as answer:
                assert answer.status == 403
    async with browser.get("/ws", headers=headers) as answer:  # no page has asked for it
        assert answer.status == 403


async def test_there_are_only_so_many_visitors(
    client: tuple[TestClient[Any, Any], Visitors], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, visitors = client
    monkeypatch.setattr(page_server, "MOST_AT_ONCE", 0)
    headers = {"Host": OWN, "Origin": f"http://{OWN}", "Cookie": f"{visitors.cookie}={visitors.token}"}
    async with browser.get("/ws", headers=headers) as answer:
        assert answer.status == 503


@pytest.mark.parametrize(("host", "family"), [("::1", socket.AF_INET6), ("0.0.0.0", socket.AF_INET)])
def test_an_address_that_is_taken_is_said_as_browsers_write_it(host: str, family: socket.AddressFamily) -> None:
    with socket.socket(family) as taken:
        try:
            taken.bind((host, 0))
        except OSError:
            pytest.skip("this machine has no such address")
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LinregError, match=re.escape(f"cannot serve on {authority(host, port)}: ")):
            web.serve([], host, port)
