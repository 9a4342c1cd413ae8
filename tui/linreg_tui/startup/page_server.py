"""textual-serve's server with a page of its own, shown to visitors only. Needs the extra ``web``."""

import logging
from pathlib import Path
from secrets import token_urlsafe
from string import Template

from aiohttp.typedefs import Handler
from aiohttp.web import (
    Application,
    HTTPForbidden,
    HTTPServiceUnavailable,
    Request,
    Response,
    StreamResponse,
    WebSocketResponse,
    middleware,
)
from textual_serve.server import Server, to_int

from linreg.cli.status import narrate
from linreg_tui.startup.visitors import Visitors

MOST_AT_ONCE = 8
"""Visitors; each has an app of its own, which takes some hundred MB."""
STRANGER = "Open the whole address that linreg-tui has printed.\n"
FULL = f"{MOST_AT_ONCE} visitors are here already; close another page.\n"


class PageServer(Server):
    """Serves the app to the page that it serves, to those who have been given its address, and says less."""

    def __init__(self, command: str, host: str, port: int) -> None:
        self._visitors, self._n_visitors = Visitors(host, port), 0
        super().__init__(command, host=host, port=port, title="linreg", public_url="")
        self._page = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))

    def initialize_logging(self) -> None:
        """Log no addresses: the token is in them."""
        logging.basicConfig(level=logging.WARNING, format="linreg: %(message)s")

    async def _make_app(self) -> Application:
        app = await super()._make_app()
        app.middlewares.append(self._admit)
        return app

    async def on_startup(self, app: Application) -> None:
        """Say where it is."""
        narrate(f"linreg: open {self._visitors.address} in a browser; Ctrl-C ends.")

    @middleware
    async def _admit(self, request: Request, handler: Handler) -> StreamResponse:
        """Let visitors in, whatever they ask for, and nobody else."""
        visitors, origin = self._visitors, request.headers.get("Origin")
        if not visitors.is_here(request.host):
            raise HTTPForbidden(text=STRANGER)
        if (origin is not None or request.path == "/ws") and not visitors.is_own_page(origin, request.host):
            raise HTTPForbidden(text=STRANGER)
        has_cookie = visitors.are_known_by(request.cookies.get(visitors.cookie))
        has_address = visitors.are_known_by(request.query.get("token")) and request.path == "/"
        if not (has_cookie or has_address):
            raise HTTPForbidden(text=STRANGER)
        return await handler(request)

    async def handle_index(self, request: Request) -> Response:
        """Show the page, which asks nobody else for anything, and have the browser keep the token."""
        nonce, size = token_urlsafe(16), to_int(request.query.get("fontsize", ""), 16)
        text = self._page.substitute(websocket=f"ws://{request.host}/ws", nonce=nonce, font_size=size)
        response = Response(text=text, content_type="text/html")
        response.set_cookie(self._visitors.cookie, self._visitors.token, httponly=True, samesite="Strict")
        response.headers["Content-Security-Policy"] = (
            f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data:; connect-src 'self' ws://{request.host}; frame-ancestors 'none'; base-uri 'none'"
        )
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

    async def handle_websocket(self, request: Request) -> WebSocketResponse:
        """Give a visitor an app, if there are not too many."""
        if self._n_visitors >= MOST_AT_ONCE:
            raise HTTPServiceUnavailable(text=FULL)
        self._n_visitors += 1
        try:
            return await super().handle_websocket(request)
        finally:
            self._n_visitors -= 1
