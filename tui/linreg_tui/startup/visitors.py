"""Who may see the page that ``--web`` serves: whoever was given its address, in a browser that asks as it should.

Other users of the machine, and any page of the web that is open in the same browser, can connect to a port as well. So
the address that is printed has a token of this start, which the page turns into a cookie that no script can read and
no other site's page can make the browser send. What the browser says of where it believes to be, and of which page it
asks for, must agree with where this is.
"""

import re
from hmac import compare_digest
from ipaddress import ip_address
from secrets import token_urlsafe
from urllib.parse import urlsplit

WEB_PORT = 80
"""The port that addresses leave out."""
_HOST = re.compile(r"[\w.:\[\]-]+", re.ASCII)
LOCALHOST, ALL = "localhost", ("0.0.0.0", "::")


class Visitors:
    """Those who have the token of this start.

    Parameters
    ----------
    host, port
        Where the page is served.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port, self._token = _normal(host), port, token_urlsafe(32)
        self.cookie = f"linreg-{port}"
        """The cookie's name: browsers keep cookies for a host, whatever the port."""

    @property
    def token(self) -> str:
        """The secret."""
        return self._token

    @property
    def address(self) -> str:
        """What to open: with the token, and where all addresses are served the one of this machine itself."""
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)
        return f"http://{authority(here, self._port)}/?token={self._token}"

    def are_known_by(self, word: str | None) -> bool:
        """Tell whether a word is the token, in a time that says nothing of how much of it is right."""
        return compare_digest((word or "").encode(errors="replace"), self._token.encode())

    def is_here(self, asked: str) -> bool:
        """Judge by the host that a browser believes to talk to, with its port: a name that was led here is not ours.

        Where all addresses of the machine are served, it may have any name.
        """
        place = _place(asked)
        if place is None or place[1] != self._port:
            return False
        return self._host in ALL or place[0] == self._host or (place[0] == LOCALHOST and _is_loopback(self._host))

    def is_own_page(self, origin: str | None, asked: str) -> bool:
        """Judge by its headers whether a request comes from the page that is served here."""
        parts = urlsplit(origin or "")
        return parts.scheme == "http" and self.is_here(asked) and _place(parts.netloc) == _place(asked)


def authority(host: str, port: int) -> str:
    """Return host and port as they stand in an address."""
    name = f"[{host}]" if ":" in host else host
    return name if port == WEB_PORT else f"{name}:{port}"


def _place(asked: str) -> tuple[str, int] | None:
    if not _HOST.fullmatch(asked):
        return None
    try:
        parts = urlsplit(f"//{asked}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    return (_normal(host), WEB_PORT if port is None else port) if host else None


def _normal(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        return host.lower()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
