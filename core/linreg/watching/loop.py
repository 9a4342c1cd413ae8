"""A script's training loop as a run: each step a row of its history, with the cost that it started from.

It is told of steps and backward passes by `linreg.watching.hooks.torch_hooks`, on the script's own thread, and finds
out which of them are the script's steps; `linreg.watching.steps` takes those down. A script may train on several
threads at once: the steps of one optimizer count, and which one that is is settled by one thread at a time.
"""

from collections.abc import Callable
from math import nan
from threading import Lock, RLock, get_ident
from threading import enumerate as threads
from typing import TYPE_CHECKING, Any
from weakref import ref

from linreg.trace import Trace
from linreg.watching.answer import Answer
from linreg.watching.gate import Gate
from linreg.watching.hooks.torch_hooks import Familiar
from linreg.watching.optimizers import Optimizers, Trained, parameters_of, rate_of
from linreg.watching.places import counter_of, named_so, names_of, script_frames
from linreg.watching.reading.tensors import Tensors
from linreg.watching.steps import Steps
from linreg.watching.truth import leaves_of

if TYPE_CHECKING:
    from torch import Tensor
    from torch.optim import Optimizer


class Loop(Steps):
    """Turn what a script does into traces.

    Parameters
    ----------
    hand_on
        Takes each block of steps, on the script's thread.

    Attributes
    ----------
    tensors_have_hooks
        Tells whether the script has hooks on tensors of its own.
    gate, hold
        Whether somebody wants to hold the script back after a step, and what is then called.
    optimizers
        All that have taken a step.
    optimizer, options
        The optimizer whose steps count, and its first group's options at the first of them; none for a loop without.
    first_rate
        Its first learning rate; NaN where it has none.
    failure
        Why nothing more is told.
    """

    def __init__(self, hand_on: Callable[[Trace], None]) -> None:
        super().__init__(hand_on)
        self.tensors_have_hooks: Callable[[], bool] = lambda: False
        self.familiar: Familiar | None = None
        self.thread: int | None = None
        self.hold: Callable[[Optimizer | None], None] | None = None
        self.gate = Gate()
        self.optimizers = Optimizers()
        self.optimizer, self.first_rate = "", nan
        self.options: dict[str, Any] = {}
        self.failure = ""
        self._main: ref[Optimizer] | None = None
        self._turn = RLock()
        """Held while it is settled whose steps count; never while it is waited."""
        self._roots: list[Any] = []
        self._roots_elsewhere: dict[int, Any] = {}
        """The sum of the costs on each other thread, since it last took a step."""
        self._looking, self._has_looked = Lock(), False
        self._globals: dict[str, Any] = {}

    @property
    def main(self) -> "Optimizer | None":
        """The optimizer whose steps count, if it is still there."""
        return None if self._main is None else self._main()

    @property
    def step(self) -> int:
        """The step that was taken last, or that a loop by hand is taking; 0 before the first."""
        return self.n_steps if self._main is None and self._roots else max(0, self.n_steps - 1)

    def rate_now(self) -> float:
        """Return the rate that the next step will use, as things stand."""
        optimizer = self.main
        return nan if optimizer is None else rate_of(optimizer)

    # -- what the hooks tell

    def backward_begins(self, root: "Tensor", within_step: bool, accumulates: bool) -> None:
        """Note the cost that gradients are computed of, and look for the exact answer where it is the first."""
        if self._main is None:
            self._begin_without(root)
        elif accumulates:
            if self.thread != get_ident():
                self._note_elsewhere(_cost_of(root))
            elif within_step and self._roots:
                self._evaluates_often = True
            else:
                self._roots.append(_cost_of(root))

    def _begin_without(self, root: "Tensor") -> None:
        """Look into the first cost; from then on see whether steps are taken without an optimizer."""
        if not self._has_looked:
            if not self._looking.acquire(blocking=False):  # a pass of the look's own, or of another thread meanwhile
                return
            try:
                if not self._has_looked:
                    self._look_into(root)
            finally:
                self._has_looked = True
                self._looking.release()
        with self._turn:
            has_stepped = self._main is None and self._step_by_hand(root)
            if self._main is not None and self.thread != get_ident():
                self._note_elsewhere(_cost_of(root))
        if has_stepped:
            self._hold(None)

    def _note_elsewhere(self, cost: Any) -> None:
        here = get_ident()
        self._roots_elsewhere[here] = self._roots_elsewhere.get(here, 0.0) + cost

    def _move_here(self) -> None:
        """Follow what is followed to this thread, and bring the costs that were noted for either."""
        here = get_ident()
        if self.thread != here:
            if self.thread is not None and self._roots:
                self._roots_elsewhere[self.thread] = sum(self._roots)
            self._roots[:] = [self._roots_elsewhere.pop(here)] if here in self._roots_elsewhere else []
            self.thread = here
            self.gate.follow(here)

    def step_begins(self, optimizer: "Optimizer") -> None:
        """Note what the first step of an optimizer starts from."""
        with self._turn:
            if self._main is not None:
                self._step_beside_begins(optimizer)
            elif not self.n_steps:
                self._begin(optimizer)

    def step_ended(self, optimizer: "Optimizer") -> None:
        """Take the step down."""
        main = self._main
        if main is None or main() is not optimizer or self.thread != get_ident():
            self._another_step_ended(optimizer)
            return
        if self.optimizers.n_waiting:
            self.optimizers.forget()
        if self.epochs.wants_each_step:
            self.epochs.look(self.n_steps)
        rate, roots = optimizer.param_groups[0].get("lr"), self._roots
        if rate is not self._newest_rate:  # the same number is the same object, as long as nobody sets it
            self._newest_rate = rate if type(rate) is float else rate_of(optimizer)
        self._take(roots[0] if len(roots) == 1 else sum(roots) if roots else None)
        roots.clear()
        if not self.gate.is_free:
            self._hold(optimizer)

    def _another_step_ended(self, optimizer: "Optimizer") -> None:
        """See to a step of another optimizer, or on another thread."""
        with self._turn:
            goes_on = self.main is optimizer  # the script's loop, in this thread
            if goes_on:
                self._move_here()
                self._get_familiar()
            counts = not goes_on and self._step_beside_ended(optimizer)
            is_beside = self.thread not in (None, get_ident())
        if goes_on:
            self.step_ended(optimizer)
        elif counts:
            self._hold(optimizer)
        elif is_beside:
            self.gate.hold_beside()

    def _hold(self, optimizer: "Optimizer | None") -> None:
        if self.hold is not None and not self.gate.is_free:
            if optimizer is not None:
                self.epochs.look(self.n_steps - 1)
            self.hold(optimizer)

    def has_failed(self, reason: str) -> None:
        """Something of ours went wrong; the script goes on unwatched."""
        self.failure = reason

    # -- the steps

    def _step_beside_begins(self, optimizer: "Optimizer") -> None:
        """Meet another optimizer than the one whose steps count; where that is gone, this one goes on in its place."""
        is_alone = self.main is None
        if self.tensors is not None and (is_alone or self.thread == get_ident()):
            known = self.optimizers.known(optimizer) or self.optimizers.meet(optimizer, self.tensors)
            if is_alone:
                self._go_on_with(known)

    def _step_beside_ended(self, optimizer: "Optimizer") -> bool:
        """Keep its step back, until the one whose steps count takes another, or has been waited for long enough.

        True: from now on its own count.
        """
        if self.thread != get_ident():
            self._roots_elsewhere.pop(get_ident(), None)
            return False
        cost = sum(self._roots) if self._roots else None
        self._roots.clear()
        known = None if self._main is None else self.optimizers.known(optimizer)
        if known is None or not self.optimizers.wait(known, cost):
            return False
        self._go_on_with(known)
        return True

    def _go_on_with(self, known: Trained) -> None:
        """Count the steps of another optimizer from now on, and those of its that were kept back."""
        self.flush()
        self.go_on_from(known.tensors, known.start)
        optimizer = known.optimizer()
        if optimizer is not None:
            self._describe(optimizer)
            self._newest_rate = self.first_rate
        frames = list(script_frames())
        if frames:
            self.epochs.follow(counter_of(frames))
            self.epochs.look(self.n_steps)
        self.take_together(*self.optimizers.give_up_the_first(known))

    def _describe(self, optimizer: "Optimizer") -> None:
        self._move_here()
        self._main, self._follows_gradients = ref(optimizer), True
        self._get_familiar()
        first = dict(optimizer.param_groups[0])
        self.optimizer, self.first_rate = type(optimizer).__name__, rate_of(optimizer)
        self.options = {name: first[name] for name in first if name not in ("params", "param_names")}

    def _get_familiar(self) -> None:
        if self._main is not None and self.thread is not None:
            self.familiar = Familiar(self._main, self.thread, self._roots.append)

    def _begin(self, optimizer: "Optimizer") -> None:
        """Get to know the optimizer at its first step: what it trains, and how that is called."""
        self._describe(optimizer)
        tensors, named = parameters_of(optimizer)
        frames = list(script_frames())
        found = names_of(tensors, frames)
        if self.tensors is not None:
            self._answer.reorder(self.tensors, tensors)
        self._see(tensors, [mine or theirs for mine, theirs in zip(named, found, strict=True)])
        assert self.tensors is not None
        self.optimizers.meet(optimizer, self.tensors)
        self.epochs.follow(counter_of(frames))

    def _step_by_hand(self, root: "Tensor") -> bool:
        """See whether the parameters have moved since the last backward pass, though no optimizer has stepped."""
        leaves, _ = leaves_of(root)
        if self.thread != get_ident():
            is_the_same = self.tensors is not None and [*map(id, leaves)] == [*map(id, self.tensors.tensors)]
            if self.n_steps and not is_the_same and any(each.ident == self.thread for each in threads()):
                return False
            if self.n_steps or is_the_same:  # the script's loop goes on in another thread
                self.thread = get_ident()
                self.gate.follow(self.thread)
            else:
                self._move_here()
        has_stepped = self.tensors is not None and self._has_moved(self.tensors, leaves)
        self._roots.append(_cost_of(root))
        return has_stepped

    def _has_moved(self, tensors: Tensors, leaves: "list[Tensor]") -> bool:
        if [tuple(each.shape) for each in leaves] != [*tensors.shapes]:
            self._roots.clear()
            return False
        if not tensors.rebind(leaves):
            self.flush()
            tensors.rebind(leaves)
        cost, has_moved = sum(self._roots), tensors.have_moved() and bool(self._roots)
        if has_moved:
            self._roots.clear()
            self._take(cost)
        elif len(self._roots) > 1:
            self._roots[:] = [cost]
        self.epochs.look(self.n_steps)
        return has_moved

    def finish(self) -> None:
        """Take what is left: a loop by hand has taken its last step since its last backward pass."""
        with self._turn:
            tensors = self.tensors
            if self._main is None and tensors is not None and self._roots:
                made_anew = named_so(tensors.names, tensors.shapes, self._globals)
                if made_anew is not None:
                    tensors.rebind(made_anew)
                if tensors.have_moved():
                    self._take(sum(self._roots))
            self._roots.clear()
            last = self.optimizers.last()
            if last is not None:
                self._go_on_with(last)
            self.epochs.catch_up(self.n_steps)
            self.flush()
            self.sum_up()

    # -- the exact answer

    def _look_into(self, root: "Tensor") -> None:
        """Find out what a cost depends on, and where it is least."""
        answer, (leaves, may_pass) = Answer(), leaves_of(root)
        answer.look_into(root, leaves, may_pass=may_pass, has_hooks=self.tensors_have_hooks())
        frames = list(script_frames())
        names = names_of(leaves, frames)
        with self._turn:
            if self.tensors is not None:  # another thread has begun meanwhile
                answer.reorder(Tensors(leaves, names), self.tensors.tensors)
            elif leaves:
                self._see(leaves, names)
                self.epochs.follow(counter_of(frames))
                self._globals = next((each.f_globals for each in frames if each.f_code.co_name == "<module>"), {})
            self._answer = answer


def _cost_of(root: "Tensor") -> Any:
    return root.item() if root.is_cpu else root.detach().clone()
