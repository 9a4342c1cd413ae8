"""Doing something once a module has been imported, whoever does that and whenever: nothing is imported early for it."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

Act = Callable[[ModuleType], None]


class Arrivals(MetaPathFinder):
    """Wait for modules by name; what has been imported already has arrived.

    Parameters
    ----------
    acts
        What to do with each. What goes wrong there is nobody's business but ours, and is passed over.
    """

    def __init__(self, acts: Mapping[str, Act]) -> None:
        self._acts = dict(acts)
        for name in [name for name in acts if name in sys.modules]:
            self._arrive(sys.modules[name])
        sys.meta_path.insert(0, self)

    def close(self) -> None:
        """Wait no longer."""
        with suppress(ValueError):
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find what any other finder finds, with a loader that says when it has loaded."""
        if fullname not in self._acts:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    self._be_told(spec)
                return spec
        return None

    def _be_told(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        assert loader is not None
        load = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            with suppress(AttributeError):
                del loader.exec_module  # the loader is as it was, for whoever looks at it
            load(module)
            self._arrive(module)

        with suppress(AttributeError):  # a loader that can't be told to tell is left alone
            loader.exec_module = exec_module  # type: ignore[method-assign]

    def _arrive(self, module: ModuleType) -> None:
        act = self._acts.pop(module.__name__, None)
        if act is not None:
            with suppress(Exception):
                act(module)
