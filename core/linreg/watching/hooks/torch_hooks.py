"""Where torch lets a stranger look on: before and after every optimizer's step, and at every backward pass.

Optimizers have hooks for that. `backward` has none, so it is wrapped, in such a way that a traceback does not show it.
A step within a step (an optimizer that calls its parent's, or holds another) is one step. Nothing here computes, and
nothing here may break the script: where a listener fails, there is silence from then on.
"""

import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from threading import get_ident
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from weakref import ref

from linreg.errors import internal_error
from linreg.watching.hooks.arrivals import Arrivals
from linreg.watching.hooks.wrapping import After, Before, put, without_this_frame, wrap

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer


class Familiar(NamedTuple):
    """What a listener knows well enough to hear only the least of it.

    A step is short, finds no cache warm, and every call within it costs ten times what it does in a loop of its own.

    Attributes
    ----------
    optimizer
        Of its steps only the end is told, not the beginning.
    thread
        The one that it steps on.
    note_cost
        Takes the cost itself, of a backward pass of that thread outside of any step; it never raises.
    """

    optimizer: "Callable[[], Optimizer | None]"
    thread: int
    note_cost: Callable[[float], None]


class Listener(Protocol):
    """Who is told; on the thread on which it happens.

    Attributes
    ----------
    familiar
        None: all is to be told.
    """

    familiar: Familiar | None

    def backward_begins(self, root: "Tensor", within_step: bool, accumulates: bool) -> None:
        """Hear that gradients of a scalar are about to be computed: of the cost, before any scaling of it.

        Where they do not accumulate in the parameters, they may well be another's than the cost's.
        """

    def step_begins(self, optimizer: "Optimizer") -> None:
        """Hear that an optimizer is about to step."""

    def has_failed(self, reason: str) -> None:
        """Hear no more: one of these methods has raised."""

    def step_ended(self, optimizer: "Optimizer") -> None:
        """Hear that an optimizer has stepped."""


class _Depth(threading.local):
    """How deep this thread is in steps: one number in a list, quicker to change than what is a thread's."""

    def __init__(self) -> None:
        self.n_steps = [0]


class Hooks:
    """Tell a listener of this process's steps, from the moment that torch is there; never of a forked child's."""

    def __init__(self, listener: Listener) -> None:
        self._listener: Listener | None = listener
        self._depth = _Depth()
        self._unscaled: tuple[ref[Any], Any] | None = None
        self._has_hooks = False
        self._undo: list[Callable[[], None]] = []
        self._arrivals = Arrivals(
            {"torch.optim.optimizer": self._see_optimizers, "torch.amp.grad_scaler": self._see_scaler}
        )
        os.register_at_fork(after_in_child=self._fall_silent)

    def close(self) -> None:
        """Look on no longer, and leave torch as it was."""
        self._fall_silent()
        self._arrivals.close()
        for undo in reversed(self._undo):
            undo()
        self._undo.clear()

    @property
    def tensors_have_hooks(self) -> bool:
        """Whether the script has put hooks on tensors, which another backward pass would call once more."""
        return self._has_hooks

    def _fall_silent(self) -> None:
        self._listener = None

    def _break(self) -> None:
        """Let the script go on unwatched: what has gone wrong is ours."""
        listener, self._listener = self._listener, None
        if os.environ.get("LINREG_DEBUG"):
            raise
        if listener is not None:
            with suppress(Exception):
                listener.has_failed(internal_error(sys.exception() or Exception("unknown")))

    def _see_optimizers(self, module: ModuleType) -> None:
        import torch

        handles = (
            module.register_optimizer_step_pre_hook(self._before_step),
            module.register_optimizer_step_post_hook(self._after_step),
        )
        self._undo += [handle.remove for handle in handles]
        self._undo.append(put(torch.autograd, "backward", self._listening_to))  # Tensor.backward calls it
        self._wrap(torch.autograd, "grad", self._before_grad)
        self._wrap(torch.Tensor, "register_hook", self._note_hook)

    def _see_scaler(self, module: ModuleType) -> None:
        self._wrap(module.GradScaler, "scale", None, self._after_scaling)

    def _wrap(self, owner: Any, name: str, before: Before | None, after: After | None = None) -> None:
        self._undo.append(wrap(owner, name, before, after))

    def _before_step(self, optimizer: "Optimizer", args: object, kwargs: object) -> None:
        depth, listener = self._depth.n_steps, self._listener
        if depth[0]:  # one that has raised is over, though its hook was never called
            depth[0] = _n_around(sys._getframe(1))
        depth[0] += 1
        if depth[0] == 1 and listener is not None:
            familiar = listener.familiar
            if familiar is None or familiar[0]() is not optimizer:
                try:
                    listener.step_begins(optimizer)
                except Exception:
                    self._break()

    def _after_step(self, optimizer: "Optimizer", args: object, kwargs: object) -> None:
        depth, listener = self._depth.n_steps, self._listener
        if depth[0]:
            depth[0] -= 1
        if not depth[0] and listener is not None:
            try:
                listener.step_ended(optimizer)
            except Exception:
                self._break()

    def _listening_to(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return torch's `backward` with an ear to it: the usual case is seen to at the cost of no other call."""
        from torch import Tensor

        depth = self._depth

        def backward(*args: Any, **kwargs: Any) -> Any:
            listener = self._listener
            if listener is not None:
                familiar = listener.familiar
                if (
                    familiar is not None
                    and self._unscaled is None
                    and len(args) > 1
                    and args[1] is None  # so that the root has one element, or torch will refuse it
                    and type(root := args[0]) is Tensor
                    and root.is_cpu
                    and get_ident() == familiar[1]
                    and not depth.n_steps[0]
                ):
                    try:  # noqa: SIM105  (it would be a call more)
                        familiar[2](root.item())
                    except Exception:
                        pass
                else:
                    self._begin(args[0] if args else kwargs.get("tensors"), True)
            try:
                return original(*args, **kwargs)
            except BaseException as problem:
                without_this_frame(problem)
                raise

        return backward

    def _before_grad(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        is_for_more = args[4] if len(args) > 4 else kwargs.get("create_graph")
        if self._listener is not None and not is_for_more:
            self._begin(args[0] if args else kwargs.get("outputs"), False)

    def _begin(self, root: Any, accumulates: bool) -> None:
        if isinstance(root, tuple | list) and len(root) == 1:
            root = root[0]
        if not hasattr(root, "numel") or root.numel() != 1:
            return
        if self._unscaled is not None and self._unscaled[0]() is root:
            root = self._unscaled[1]
        listener = self._listener
        if listener is not None:  # another thread may have broken it meanwhile
            try:
                listener.backward_begins(root, self._depth.n_steps[0] > 0, accumulates)
            except Exception:
                self._break()

    def _note_hook(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._has_hooks = True

    def _after_scaling(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        if result is not None and getattr(result, "ndim", None) is not None and len(args) > 1:
            self._unscaled = ref(result), args[1]


def _n_around(step: FrameType) -> int:
    """Count the steps around one, each of which is a frame of the same function of torch's, wrapped around it."""
    n_steps, frame = 0, step.f_back
    while frame is not None:
        n_steps += frame.f_code is step.f_code
        frame = frame.f_back
    return n_steps
