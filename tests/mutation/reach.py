"""Which tests of a room come by which line of the core, and how long each takes."""

import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest

from mutation.trial import in_a_fork, options_of_pytest

MOST_SECONDS, MORE_SECONDS = 60.0, 8.0
"""Of tests that come by a line, and of others, as they were measured."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What was seen of the tests of a room.

    Attributes
    ----------
    seconds
        How long each test took, by its name.
    failing
        Those that fail as it is.
    lines
        By file and line, the tests that come by.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    lines: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    def tests(self, path: str, lines: range) -> list[str]:
        """Return tests that can tell of a change: first those that come by, the module's own ahead, then the quickest.

        A line that only importing comes by, or what a fixture or a cache had done once for several tests, is looked for
        in the other tests of the module as well, for as long as there is time.
        """
        there = self.lines.get(path, {})
        near = set[str]().union(*(there.get(line, ()) for line in lines))
        far = set[str]().union(*there.values())
        files = {name.partition("::")[0] for name in far}
        wide = {name for name in self.seconds if name.partition("::")[0] in files}
        chosen, own = list[str](), f"/test_{Path(path).stem}.py::"
        for group, most_seconds in ((near, MOST_SECONDS), (far - near, MORE_SECONDS), (wide - far, MORE_SECONDS)):
            for name in sorted(group - self.failing, key=lambda name: (own not in name, self.seconds[name])):
                if (most_seconds := most_seconds - self.seconds[name]) < 0:
                    break
                chosen.append(name)
        return chosen


class _Watch:
    """Tells coverage of the test that runs."""

    def __init__(self, measured: coverage.Coverage, reach: Reach) -> None:
        self._measured, self._reach = measured, reach

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._measured.switch_context(item.nodeid)
        started = time.perf_counter()
        result = yield
        self._reach.seconds[item.nodeid] = time.perf_counter() - started
        self._measured.switch_context("")
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._reach.failing.add(report.nodeid)


def measured(tree: Path, room: str, log: Path) -> Reach:
    """Run the tests of a room once, and see where each of them comes by."""
    return in_a_fork(lambda: _measured(tree, room), tree, log, keeps_bytecode=True)


def _measured(tree: Path, room: str) -> Reach:
    folder, reach = tree / "core/linreg" / room, Reach()
    watching = coverage.Coverage(data_file=None, include=[f"{folder}/*"], config_file=False)
    watching.start()
    pytest.main([*options_of_pytest(), f"tests/core/{room}"], plugins=[_Watch(watching, reach)])
    watching.stop()
    data = watching.get_data()
    for path in data.measured_files():
        by_line: dict[int, set[str]] = defaultdict(set)
        for line, names in data.contexts_by_lineno(path).items():
            by_line[line] = {name for name in names if name}
        reach.lines[str(Path(path).relative_to(tree))] = dict(by_line)
    return reach
