"""The app and its run without anything that no two runs have alike: how fast, how long, what blinks."""

from dataclasses import replace
from typing import Any

from linreg.lessons.reading import find_lesson
from linreg.live.state import State
from linreg.recipe import Recipe
from linreg.session.session import Session
from linreg_tui.app import MonitorApp
from linreg_tui.learn.course import Course
from pictures.states import Picture

_SECONDS = 0.021
"""Spent in the engine, once anything is."""


class StillSession(Session):
    """A session that says what it is told to of the things that no two runs have alike: how fast, how long."""

    def __init__(self, recipe: Recipe, speed: float | None) -> None:
        self._shown: dict[str, Any] = {}
        self._n_changes = 0
        super().__init__(recipe, speed=speed, paused=True)

    def show(self, **changes: Any) -> None:
        """Let this be seen from now on."""
        self._shown, self._n_changes = changes, self._n_changes + 1

    @property
    def state(self) -> State:
        """How the run is shown to stand."""
        state = self.true_state
        changes = {"seconds": _SECONDS if state.seconds else 0.0, **self._shown}
        moves = changes.get("phase", state.phase).is_moving
        pace = state.speed if moves else 0.0
        return replace(state, version=state.version + self._n_changes, pace=pace, **changes)

    @state.setter
    def state(self, state: State) -> None:
        self.true_state = state


class StillApp(MonitorApp):
    """The app around such a session, without anything that blinks or moves."""

    def __init__(self, recipe: Recipe, picture: Picture) -> None:
        course = None
        if picture.lesson is not None:
            name, index, language = picture.lesson
            course = Course(find_lesson(name), language, index)
            recipe = course.step.recipe
        super().__init__(recipe, paused=True, ascii_only=picture.ascii_only, theme=picture.theme, course=course)
        self.control = self.still = StillSession(recipe, picture.speed)
        self._can_detach, self.animation_level = True, "none"

    @property
    def is_going(self) -> bool:
        """Say that it could be left to itself, as a run that is kept can."""
        return self.still.state.phase.is_moving
