"""``--web``: the same app in a browser, through textual-serve, which starts one for every visitor.

Whoever can open the page has the app, and with it the files that it can read and write: it is served to this machine
only, unless an address is given by name, and only to those who have been given the address that is printed.
"""

import shlex
import socket
import sys

from linreg.errors import LinregError
from linreg_tui.startup.visitors import authority

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
        from linreg_tui.startup.page_server import PageServer
    except ImportError:
        raise LinregError("--web needs textual-serve: pip install 'linreg-tui[web]'.") from None

    _require_address(host, port)
    PageServer(shlex.join([sys.executable, "-m", "linreg_tui", *arguments]), host, port).serve()
    return 0


def _require_address(host: str, port: int) -> None:
    """Find out now, in words, what textual-serve would say in a traceback."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except (OSError, OverflowError, UnicodeError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise LinregError(f"cannot serve on {authority(host, port)}: {reason}.") from None
