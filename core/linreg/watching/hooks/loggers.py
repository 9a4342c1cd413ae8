"""What a script tells TensorBoard or Weights & Biases, heard in passing.

Neither is imported for it. Their own functions are called first and return what they return; only numbers are heard.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from threading import local
from types import ModuleType
from typing import Any

from linreg.watching.hooks.arrivals import Arrivals
from linreg.watching.hooks.wrapping import wrap

Hear = Callable[[Any, Any], None]
"""Takes a name and a value; it never raises."""


class Loggers:
    """Hear every scalar of TensorBoard's writers, also tensorboardX's, and of wandb's, once they are there."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._undo: list[Callable[[], None]] = []
        self._seen: set[type] = set()
        self._thread = local()
        """Of each thread, whether a run has heard since it last called the module's own function."""
        self._arrivals = Arrivals(
            {
                "torch.utils.tensorboard.writer": self._see_writer,
                "tensorboardX.writer": self._see_writer,
                "wandb.sdk.wandb_run": self._see_run,
                "wandb": self._see_module,
            }
        )

    def close(self) -> None:
        """Hear no more, and leave everything as it was."""
        self._arrivals.close()
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()

    def _see_writer(self, module: ModuleType) -> None:
        self._undo.append(wrap(module.SummaryWriter, "add_scalar", after=self._after_scalar))
        self._undo.append(wrap(module.SummaryWriter, "add_scalars", after=self._after_scalars))

    def _after_scalar(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: object) -> None:
        with suppress(Exception):
            tag, value = _given(args[1:], kwargs, "tag", "scalar_value")
            self._hear(tag, value)

    def _after_scalars(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: object) -> None:
        with suppress(Exception):
            main, values = _given(args[1:], kwargs, "main_tag", "tag_scalar_dict")
            for tag, value in values.items():
                self._hear(f"{main}/{tag}", value)

    def _see_run(self, module: ModuleType) -> None:
        if module.Run not in self._seen:
            self._seen.add(module.Run)
            self._undo.append(wrap(module.Run, "log", after=self._after_run))

    def _see_module(self, module: ModuleType) -> None:
        with suppress(AttributeError):
            self._see_run(module)
        self._undo.append(wrap(module, "log", self._before_log, self._after_log))

    def _after_run(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: object) -> None:
        self._thread.has_heard = True
        self._hear_all(args[1:], kwargs)

    def _before_log(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._thread.has_heard = False

    def _after_log(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: object) -> None:
        if not self._thread.has_heard:
            self._hear_all(args, kwargs)

    def _hear_all(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        with suppress(Exception):
            (values,) = _given(args, kwargs, "data")
            for name, value in _flat(values):
                self._hear(name, value)


def _given(args: tuple[Any, ...], kwargs: Mapping[str, Any], *names: str) -> Iterator[Any]:
    """Yield the first arguments, by place or by name."""
    for place, name in enumerate(names):
        yield args[place] if place < len(args) else kwargs[name]


def _flat(values: Mapping[Any, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what lies in dictionaries within dictionaries by the names that wandb itself gives it."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
