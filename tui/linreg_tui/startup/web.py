"""``--web``: the same app in a browser, through textual-serve, which starts one for every visitor.

Whoever can open the page has the app, and with it the files that it can read and write: it is served to this machine
only, unless an address is given by name, and only to its own page: a browser lets any other page that is open in it
connect here as well, and says where that page comes from.
"""

import shlex
import socket
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from linreg.cli.status import narrate
from linreg.errors import LinregError

if TYPE_CHECKING:
    from aiohttp.web import Application, Request, WebSocketResponse

LOOPBACK = "127.0.0.1"
PORT = 8000


def serve(arguments: list[str], host: str = LOOPBACK, port: int = PORT) -> int:
    """Serve the app with these arguments until a signal ends it, and return the exit status.

    Raises
    ------
    LinregError
        textual-serve is not installed, or the address cannot be served on.
    """
    try:
        from aiohttp.web import HTTPForbidden
        from textual_serve.server import Server
    except ImportError:
        raise LinregError("--web needs textual-serve: pip install 'linreg-tui[web]'.") from None

    class OwnPageServer(Server):
        """Serves the app to the page that it serves, and says less."""

        async def handle_websocket(self, request: "Request") -> "WebSocketResponse":
            if not is_own_page(request.headers.get("Origin"), request.host, host, port):
                raise HTTPForbidden
            return await super().handle_websocket(request)

        async def on_startup(self, app: "Application") -> None:
            narrate(f"linreg: open http://{host}:{port} in a browser; Ctrl-C ends.")

    _require_address(host, port)
    command = shlex.join([sys.executable, "-m", "linreg_tui", *arguments])
    OwnPageServer(command, host=host, port=port, title="linreg").serve()
    return 0


def is_own_page(origin: str | None, asked: str, host: str, port: int) -> bool:
    """Judge by its headers whether a request comes from the page that is served on `host` and `port`.

    `asked` is the host that the browser believes to talk to: a stranger's name that leads here is refused as well.
    """
    names = {f"{host}:{port}", *([f"localhost:{port}"] if host == LOOPBACK else [])}
    return origin is not None and urlsplit(origin).netloc in names and asked in names


def _require_address(host: str, port: int) -> None:
    """Find out now, in words, what textual-serve would say in a traceback."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except (OSError, OverflowError, UnicodeError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise LinregError(f"cannot serve on {host}:{port}: {reason}.") from None
