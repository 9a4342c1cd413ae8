"""A real sshd on a loopback port, with keys that are thrown away, for one test."""

import getpass
import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from patience import PATIENCE

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
needs_sshd = pytest.mark.skipif(SSHD is None or shutil.which("ssh") is None, reason="ssh and sshd are not installed")


@contextmanager
def running_sshd(folder: Path) -> Iterator[str]:
    """Serve logins of this user, and yield the command that logs in, up to what is to be run there."""
    assert SSHD is not None
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    port = _free_port()
    kind, key = (folder / "host.pub").read_text().split()[:2]
    (folder / "known").write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
    (folder / "config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/user.pub\n"
        "StrictModes no\nUsePAM no\nPidFile none\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
    )
    if os.geteuid() == 0:  # then sshd insists on its own empty folder, which a service would have made
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
    with open(folder / "sshd.log", "wb") as log:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "config"], stderr=log)
    try:
        _wait_for(port, folder / "sshd.log")
        options = ["IdentitiesOnly=yes", f"UserKnownHostsFile={folder / 'known'}", "LogLevel=ERROR"]
        chosen = [word for option in options for word in ("-o", option)]
        login = ["-p", str(port), "-i", str(folder / "user"), f"{getpass.getuser()}@127.0.0.1"]
        yield shlex.join(["ssh", "-tt", "-F", "none", *chosen, *login])
    finally:
        process.terminate()
        process.wait()


def cut(login: str) -> None:
    """Kill the client, as a broken line would: nobody says goodbye. Other tests have their own file of known hosts."""
    own = next(word for word in shlex.split(login) if word.startswith("UserKnownHostsFile="))
    subprocess.run(["pkill", "-KILL", "-f", own], check=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
