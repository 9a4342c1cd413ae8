"""Processes that start at once: forked from one that has imported what takes long, one such server for a test worker.

Whoever has a library preloaded is forked from another server, which has it too.

A fresh interpreter needs seconds of the processor for torch, torch._dynamo and textual, and the tests start hundreds.
A fork of one that has them is as real a process: it has its own pid, pipes, signals and exit status, and it can be
killed. What it does not have is a start of its own, so a test of that takes a fresh process: of what is imported and
when, of variables that the interpreter or a library reads at its start (a fork refuses those), of `nohup`, of a shell.
"""

import json
import os
import socket
import subprocess
import sys
from atexit import register
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from inspect import signature
from pathlib import Path
from threading import Lock
from typing import Any, AnyStr

from processes.fork_server import Order

READ_AT_START = ("PYTHON", "LD_", "DYLD_", "OMP_", "POLARS_", "TEXTUAL")


class Forked(subprocess.Popen[AnyStr]):
    """A process that is forked instead of started; the command is one that would start it.

    The rest is `subprocess.Popen`'s: this replaces the steps in it that start a process and ask for its end, which are
    for the server to do, as the process is its child. So whoever talks to a process need not know which kind it is.

    Parameters
    ----------
    controlling
        Whether the terminal on standard input is to control the process, which must then have a session of its own.
    """

    def __init__(self, command: Sequence[str | Path], *, controlling: bool = False, **options: Any) -> None:
        assert command[0] == sys.executable
        self._controlling = controlling
        super().__init__(command, **options)

    def _execute_child(self, *given: Any) -> None:
        execute = signature(subprocess.Popen._execute_child)  # type: ignore[attr-defined]
        options = execute.bind(self, *given).arguments
        order = Order(
            [os.fspath(argument) for argument in options["args"][1:]],
            os.fspath(options["cwd"] or Path.cwd()),
            dict(os.environ if options["env"] is None else options["env"]),
            options["start_new_session"],
            self._controlling,
        )
        streams = [options[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        streams = [own if stream == -1 else stream for own, stream in enumerate(streams)]
        self.pid, self._line = _server(order.environment.get("LD_PRELOAD", "")).fork(order, streams)
        self._child_created = True
        pipes = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
        self._close_pipe_fds(*(options[name] for name in pipes))  # type: ignore[attr-defined]

    def _try_wait(self, flags: int) -> tuple[int, int]:
        self._line.setblocking(not flags & os.WNOHANG)
        try:
            status = _number(self._line)
        except BlockingIOError:
            return 0, 0
        self._line.close()
        return self.pid, status

    def _internal_poll(self, *_: Any, **__: Any) -> int | None:
        if self.returncode is None:
            pid, status = self._try_wait(os.WNOHANG)
            if pid:
                self._handle_exitstatus(status)  # type: ignore[attr-defined]
        return self.returncode


class _Server:
    """The process that forks, as a test worker knows it."""

    def __init__(self, preloaded: str) -> None:
        environment = dict(os.environ)
        environment.pop("LD_PRELOAD", None)
        if preloaded:
            environment["LD_PRELOAD"] = preloaded
        self._started_with = _read_at_start(environment)
        self._lock = Lock()
        self._control, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, str(Path(__file__).with_name("fork_server.py")), str(theirs.fileno())]
            self._process = subprocess.Popen(command, env=environment, pass_fds=[theirs.fileno()])
        register(self.end)

    def fork(self, order: Order, streams: list[int]) -> tuple[int, socket.socket]:
        """Have a process forked; return its pid, and the line on which its end is told."""
        changed = _read_at_start(order.environment).items() ^ self._started_with.items()
        assert not changed, f"only a fresh process reads {sorted({name for name, _ in changed})}"
        content = json.dumps(asdict(order)).encode()
        line, theirs = socket.socketpair()
        with self._lock, theirs:
            socket.send_fds(self._control, [len(content).to_bytes(4)], [*streams, theirs.fileno()])
            self._control.sendall(content)
        return _number(line), line

    def end(self) -> None:
        """Have it end, and with it whatever it has forked that still goes on."""
        self._control.close()
        self._process.wait()


@cache
def _server(preloaded: str) -> _Server:
    return _Server(preloaded)


def _number(line: socket.socket) -> int:
    said = line.recv(4)
    assert said, "the server is gone"
    return int.from_bytes(said)


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_AT_START)}
