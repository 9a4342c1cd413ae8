"""Which process a run belongs to, and whether that process is still there.

A process's number is given to another one later, so that the number alone says nothing. With the machine, its boot and
the moment when the process started, it names one process for good. A process on another machine, which shares this
home over a network, cannot be looked at from here.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from socket import gethostname
from typing import Any


@dataclass(frozen=True, slots=True)
class Owner:
    """A process; `boot` and `started` are empty where the system does not tell."""

    host: str
    boot: str
    pid: int
    started: str

    @classmethod
    def here(cls) -> "Owner":
        """Return this process."""
        return cls(gethostname(), _boot(), os.getpid(), _started(os.getpid()) or "")

    def is_alive(self) -> bool | None:
        """Tell whether the process is there; None if that cannot be known from this machine."""
        if self.host != gethostname():
            return None
        if self.boot != _boot():
            return False
        started = _started(self.pid)
        return started is not None and started == self.started

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return asdict(self)

    @classmethod
    def of_dict(cls, values: Mapping[str, Any]) -> "Owner":
        """Return what `as_dict` returned it as."""
        return cls(**values)


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _started(pid: int) -> str | None:
    """Return the moment when a process started, in the system's own count; None if there is no such process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _started_elsewhere(pid)
    state, started = fields[0], fields[19]
    return None if state in "ZX" else started  # one that was killed, and that its parent has not looked at yet


def _started_elsewhere(pid: int) -> str | None:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return ""
