"""A script's run as whoever watches it sees and steers it: what can be asked of a session, as far as a script can.

What it cannot do is refused in a sentence. Nothing that is asked for stops the script but `stop`.
"""

from collections.abc import Callable
from math import isfinite, nan
from pathlib import Path
from time import monotonic, perf_counter
from typing import TYPE_CHECKING

from linreg.arrays import frozen
from linreg.errors import LinregError
from linreg.files.atomic import check_destination, write_atomically
from linreg.files.faults import told
from linreg.history.history import History
from linreg.live.state import Intervention, Notice, State, scaled_rate
from linreg.phase import Phase
from linreg.recipe import Recipe
from linreg.text import shown
from linreg.training.facts import Broken, Facts
from linreg.watching.loop import Loop
from linreg.watching.optimizers import change_rates
from linreg.watching.ranks import FirstRank
from linreg.watching.script import OnNan

if TYPE_CHECKING:
    from torch.optim import Optimizer

_WINDOW = 1.0
"""Seconds over which the pace is measured."""
_NO_WAY_BACK = "a script cannot be taken back: a screen looks at its earlier steps (← there), and so does a replay."


class ScriptControl:
    """Steer a loop through its gate; `linreg.live.control.Control` says what each request means.

    Parameters
    ----------
    loop
        What the script does.
    known
        Returns what is known of it, and its history; the history is None before its first step.
    note
        Takes every change of the learning rate, all of them each time.
    stand
        Is told whether the script stands; on its thread, before it waits and once it goes on.
    ranks
        Whom else a new learning rate has to reach.
    """

    def __init__(
        self,
        loop: Loop,
        known: Callable[[], tuple[Facts, History | None]],
        note: Callable[[tuple[Intervention, ...]], None],
        stand: Callable[[bool], None] = lambda stands: None,
        *,
        ranks: FirstRank,
    ) -> None:
        self._loop, self._known, self._note, self._stand, self.gate = loop, known, note, stand, loop.gate
        self._ranks = ranks
        self.recipe: Recipe
        self.facts: Facts
        self.history: History | None
        self.caption: tuple[str, ...] = ()
        self._notice: Notice | None = None
        self._changes: tuple[Intervention, ...] = ()
        self._wanted_rate: float | None = None
        self._answered, self._rate = 0, nan
        self._paces: list[tuple[float, int]] = []
        self._began, self._version = perf_counter(), -1
        self.publish()

    @property
    def state(self) -> State:
        """The newest state."""
        return self._state

    def publish(self, phase: Phase | None = None, reason: str = "") -> None:
        """Let whoever watches see how the script stands; on its thread, after its steps have been handed on."""
        loop = self._loop
        self.facts, self.history = self._known()
        self.recipe = self.facts.recipe
        standing = Phase.PAUSED if self.gate.is_standing else Phase.RUNNING
        self._version += 1
        n_steps = 0 if self.history is None else self.history.last_epoch + 1
        self._state = State(
            version=self._version,
            phase=(standing if n_steps else Phase.LOADING) if phase is None else phase,
            reason=reason or ("" if n_steps else "the script has not taken a step yet"),
            epoch=n_steps - 1,
            last_epoch=loop.last_step,
            parameters=frozen(loop.newest.copy()),
            before=frozen(loop.newest_before.copy()) if n_steps else None,
            cost=loop.newest_cost,
            gradient=loop.newest_gradient,
            learning_rate=self._newest_rate(),
            speed=self.gate.speed,
            pace=self._pace(n_steps) if standing is Phase.RUNNING and phase is None else 0.0,
            seconds=perf_counter() - self._began,
            interventions=self._changes,
            notice=self._notice,
            answered=self._answered,
            unit="step",
        )

    def _newest_rate(self) -> float:
        rate = self._loop.rate_now()
        if self._wanted_rate is not None and self._loop.n_steps > self._changes[-1].epoch and rate != self._wanted_rate:
            self._wanted_rate = None
            self._say(f"the script's own schedule has set the learning rate again, to {rate:.6g}.", is_error=True)
        return rate

    def _pace(self, n_steps: int) -> float:
        now = monotonic()
        self._paces = [*((then, n) for then, n in self._paces if now - then < _WINDOW), (now, n_steps)]
        then, n = self._paces[0]
        return (n_steps - n) / (now - then) if now > then else 0.0

    def hold(self, optimizer: "Optimizer | None") -> None:
        """Hold the script as long as it is to be held; called on its thread after each step that is not free."""
        self._loop.flush(has_gradient=optimizer is not None)
        try:
            self.gate.hold(optimizer, self._show_standing)
        finally:
            self._stand(False)

    def _show_standing(self) -> None:
        self.publish()
        self._stand(self.gate.is_standing)

    def play(self) -> None:
        """Let it run on."""
        self._asked(self.gate.play)

    def pause(self) -> None:
        """Let it stand after its present step."""
        self._asked(self.gate.pause)

    def step(self, n_epochs: int = 1) -> None:
        """Let it take some steps, then stand."""
        self._asked(lambda: self.gate.step(n_epochs))

    def back(self, n_epochs: int = 1) -> None:
        """Refuse."""
        self._refuse(_NO_WAY_BACK)

    def go_to(self, epoch: int) -> None:
        """Let it run up to a step, and stand there; refuse one that it has passed."""
        if epoch > self._state.epoch:
            self._ask(lambda _: self._run_up_to(epoch))
        else:
            self._refuse(_NO_WAY_BACK)

    def _run_up_to(self, step: int) -> None:
        """Count the steps to one from where the script is, which is beyond what was last seen of it."""
        ahead = step - (self._loop.n_steps - 1)
        self.gate.pause()
        if ahead >= 0:
            self.gate.step(ahead)
        else:
            self._say(f"the script had passed step {step:,} when it was asked: it stands here.")

    def set_learning_rate(self, learning_rate: float) -> None:
        """Set the first group's rate for the next step; all groups of all optimizers keep their proportions to it."""
        if not (learning_rate > 0 and isfinite(learning_rate)):
            self._refuse("a learning rate is a finite number above 0; nothing was changed.")
        else:
            self._ask(lambda optimizer: self._set_rate(optimizer, learning_rate))

    def scale_learning_rate(self, factor: float) -> None:
        """Multiply the rate of the next step, of every group of every optimizer that has taken one."""
        self._ask(lambda optimizer: self._set_rate(optimizer, scaled_rate(self._loop.rate_now(), factor)))

    def _set_rate(self, optimizer: "Optimizer | None", rate: float) -> None:
        before = self._loop.rate_now()
        if optimizer is None or not before > 0:
            self._say("this loop has no learning rate that can be set from here.", is_error=True)
            return
        if why_not := self._ranks.why_not(self._loop.n_steps):
            self._say(why_not, is_error=True)
            return
        self._ranks.tell(self._loop.n_steps, before, rate)
        known = self._loop.optimizers.all()
        for each in known:
            change_rates(each, before, rate)
        n_groups = sum(len(each.param_groups) for each in known)
        if n_groups > 1:
            whose = f" of {len(known)} optimizers" if len(known) > 1 else ""
            self._notice = Notice.after(self._notice, f"{n_groups} groups{whose}: learning rates × {rate / before:.4g}")
        epoch, self._wanted_rate = self._loop.n_steps, rate
        earlier = tuple(each for each in self._changes if each.epoch != epoch)
        self._changes = (*earlier, Intervention(epoch, rate))
        self._note(self._changes)

    def set_speed(self, speed: float) -> None:
        """Let it take at most so many steps a second."""
        if speed > 0:
            self._asked(lambda: self.gate.set_speed(speed))
        else:
            self._refuse("a speed is a number of steps a second, above 0.")

    def restart(self, *, new_seed: bool = False) -> None:
        """Refuse."""
        script = self.facts.script
        command = "" if script is None else script.command
        how = f"type {command}" if command else "start its session anew"
        self._refuse(f"a script is run again by whoever has started it: {how}.")

    def recover(self) -> None:
        """Refuse."""
        self._refuse(_NO_WAY_BACK)

    def save(self, path: Path, *, replaces: bool = False) -> None:
        """Write the tensors after the present step, as safetensors, by their names."""
        self._ask(lambda _: self._save(path, replaces))

    def _save(self, path: Path, replaces: bool) -> None:
        try:
            from safetensors.torch import save

            check_destination(path, replaces=replaces)
            tensors = self._loop.tensors
            assert tensors is not None
            pairs = zip(tensors.names, tensors.tensors, strict=True)
            held = {name: each.detach().contiguous().clone() for name, each in pairs}
            written = save(held)
            write_atomically(path, lambda file: file.write(written), replaces=replaces)
        except LinregError as problem:
            self._say(str(problem), is_error=True)
        except Exception as problem:  # a viewer's wish is no reason to break the script
            self._say(told(problem), is_error=True)
        else:
            self._say(f"saved {shown(path)}.")

    def stop(self) -> None:
        """Have KeyboardInterrupt raised out of the script's next step; asked again, terminate it."""
        self._asked(self.gate.end)

    def _asked(self, act: Callable[[], object]) -> None:
        self._answered += 1
        act()

    def _ask(self, request: Callable[["Optimizer | None"], None]) -> None:
        self._asked(lambda: self.gate.ask(request))

    def _refuse(self, sentence: str) -> None:
        self._ask(lambda _: self._say(sentence, is_error=True))

    def _say(self, text: str, is_error: bool = False) -> None:
        self._notice = Notice.after(self._notice, text, is_error)

    def meet(self, broken: Broken, on_nan: OnNan) -> None:
        """Do what is to be done about the first number that is not finite; on the script's thread, within a step."""
        what = "the script goes on"
        if on_nan == "stop":
            what = "the script is stopped"
            self.gate.end()
        elif on_nan == "pause":
            step = self._loop.n_steps - 1
            what = "the script stands there" if step == broken.step else f"the script stands at step {step:,}"
            self.gate.pause()
        self.say(f"{broken.words}: {what}.")

    def say(self, text: str) -> None:
        """Put a sentence into the next state, that is not good news."""
        self._say(text, is_error=True)
