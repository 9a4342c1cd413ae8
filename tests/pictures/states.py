"""The states of the app that are pictured: what is trained, and the keys that lead there."""

from dataclasses import dataclass, field
from math import inf
from typing import Any

from linreg.phase import Phase

WIDE, MIDDLE, SMALL = (120, 40), (80, 24), (60, 20)


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes
    ----------
    name, title
        Of the file; and what it shows, for who cannot see it.
    keys
        Pressed one after the other, from the start of the run, each in Textual's name; ``3*n`` is n three times,
        ``to 1200`` goes to that epoch.
    data, choices
        A bundled recipe, or "many"; and what of it is changed.
    speed
        Epochs a second; None as the app has it.
    shown
        What of the state is shown otherwise: nobody can press a key at the same moment twice, so a run in motion is
        one that stands still and says that it runs.
    then
        Keys that are pressed after that.
    screen
        "monitor", or one of those of `others.py`.
    lesson
        A lesson's name, its step from 0 and its language, where the monitor has one.
    """

    name: str
    title: str
    keys: tuple[str, ...] = ()
    data: str = "exercise1"
    choices: dict[str, Any] = field(default_factory=dict)
    speed: float | None = None
    size: tuple[int, int] = WIDE
    theme: str = "dark"
    ascii_only: bool = False
    shown: dict[str, Any] = field(default_factory=dict)
    then: tuple[str, ...] = ()
    screen: str = "monitor"
    lesson: tuple[str, int, str] | None = None


RUNNING = {"phase": Phase.RUNNING}
_TOO_HIGH = {"learning_rate": 0.9}
_ADAM = {"optimizer": "Adam", "learning_rate": 0.1}

PICTURES = (
    Picture("start", "three points, paused before the first epoch"),
    Picture(
        "running",
        "training, with its cost, fit, parameters, cost surface, epochs and step",
        ("to 1234",),
        shown=RUNNING,
    ),
    Picture("stepped", "three epochs stepped one by one, the step written out in numbers", ("3*n",)),
    Picture(
        "near-the-edge", "a learning rate just below the largest stable one", ("40*n",), choices={"learning_rate": 0.65}
    ),
    Picture(
        "diverged",
        "a learning rate above the limit: stopped, with the reason and what to do",
        ("space",),
        choices=_TOO_HIGH,
        speed=inf,
    ),
    Picture(
        "recovered",
        "after a divergence: a safe learning rate, from the best epoch on",
        ("space", "u", "30*n"),
        choices=_TOO_HIGH,
        speed=inf,
    ),
    Picture(
        "changed",
        "the learning rate changed on the way, each change marked",
        ("to 200", "6*plus", "to 700", "9*minus", "to 1000"),
    ),
    Picture("finished", "all epochs have run: the truth about how far it is from least squares", ("to end",)),
    Picture("taken-back", "a finished run taken back to epoch 800", ("to end", "to 800")),
    Picture("excess", "the cost above that of least squares, to the end", ("to end", "2*l")),
    Picture(
        "valley", "two features in a narrow valley, predicted against actual", ("to 400",), "valley", shown=RUNNING
    ),
    Picture(
        "momentum",
        "momentum: the path over the cost surface overshoots and turns",
        ("to 120",),
        choices={"options": {"momentum": 0.9}},
    ),
    Picture("quiz", "three features", ("to 600",), "quiz1", shown=RUNNING),
    Picture(
        "outlier",
        "the absolute error, by mini-batches",
        ("to 400",),
        "outlier",
        {"criterion": "L1Loss", "batch_size": 7},
    ),
    Picture("crowd", "four thousand rows by eight features", ("to 12",), "crowd"),
    Picture("many", "sixty features, those found whose name has a 4", ("to 8", "slash", "4", "enter"), "many"),
    Picture("enlarged", "the cost chart alone", ("to 1234", "1"), shown=RUNNING),
    Picture("surface", "the cost surface alone", ("to 400", "4", "4"), "valley"),
    Picture(
        "surface-cursor",
        "the cost surface read off, where another run may start",
        ("to 400", "4", "c", "9*right", "4*up"),
    ),
    Picture(
        "hand",
        "a row moved by hand and another added: the line, least squares, the surface and the gauge follow",
        ("to 300", "a", "6*up", "to 500", "a", "4*left", "7*down", "to 800"),
        shown=RUNNING,
    ),
    Picture("data", "choosing the data and the recipe", ("d",)),
    Picture("optimizer", "choosing the optimizer and its options", ("o",)),
    Picture("go-to", "going to an epoch by number", ("to 1234", "g", "8", "0", "0")),
    Picture("help", "every key", ("question_mark",)),
    Picture("palette", "the command palette", ("ctrl+p",)),
    Picture("light", "the light theme", ("to 1234",), theme="light", shown=RUNNING),
    Picture("light-valley", "two features on the light theme", ("to 400",), "valley", theme="light"),
    Picture("ascii", "without braille and lines", ("to 1234",), ascii_only=True, shown=RUNNING),
    Picture("cursor", "a cursor that reads the chart off, epochs on a log axis", ("to 2000", "x", "c", *8 * ["left"])),
    Picture("adam", "the update of Adam with its numbers filled in", ("to 30",), choices=_ADAM),
    Picture("160x50", "on a terminal of 160 columns and 50 rows", ("to 120",), "houses", size=(160, 50), shown=RUNNING),
    Picture("200x60", "on a terminal of 200 columns and 60 rows", ("to 120",), "houses", size=(200, 60), shown=RUNNING),
    Picture("80x24", "on a terminal of 80 columns and 24 rows", ("to 1234",), size=MIDDLE, shown=RUNNING),
    Picture(
        "80x24-diverged",
        "a divergence on 80 columns and 24 rows",
        ("space",),
        choices=_TOO_HIGH,
        speed=inf,
        size=MIDDLE,
    ),
    Picture("80x24-help", "help on 80 columns and 24 rows", ("question_mark",), size=MIDDLE),
    Picture("80x24-data", "choosing the recipe on 80 columns and 24 rows", ("d",), size=MIDDLE),
    Picture("80x24-start", "three points on 80 columns and 24 rows, paused before the first epoch", size=MIDDLE),
    Picture(
        "60x20", "on a terminal of 60 columns and 20 rows, one panel at a time", ("to 1234",), size=SMALL, shown=RUNNING
    ),
    Picture("60x20-fit", "the fit alone", ("to 1234", "2"), size=SMALL),
    Picture("60x20-step", "the step alone", ("3*n", "6"), size=SMALL),
    Picture("60x20-light", "the light theme on a small terminal", ("to 1234", "3"), size=SMALL, theme="light"),
    Picture("leaving", "the question before a run that is going is left", ("to 1234",), shown=RUNNING, then=("q",)),
    Picture(
        "runs",
        "all runs in a table, the costs of two that are marked on one chart, and what is known of one",
        (*5 * ["down"], "space", "down", "space"),
        screen="runs",
    ),
    Picture("runs-light", "all runs on the light theme", ("down", "down"), theme="light", screen="runs"),
    Picture("80x24-runs", "all runs on 80 columns and 24 rows", ("down", "space"), size=MIDDLE, screen="runs"),
    Picture("60x20-runs", "all runs on a small terminal", ("down",), size=SMALL, screen="runs"),
    Picture("race", "eight racers, their costs on one chart, ranked", data="valley", screen="race"),
    Picture("race-surface", "racers on one cost surface, two of which diverged", ("down",), "exercise1", screen="race"),
    Picture("race-light", "a race on the light theme", data="exercise1", theme="light", screen="race"),
    Picture("80x24-race", "a race on 80 columns and 24 rows", data="valley", size=MIDDLE, screen="race"),
    Picture("60x20-race", "a race on a small terminal", data="valley", size=SMALL, screen="race"),
    Picture(
        "lesson",
        "a lesson: what a learning rate would do was foretold wrongly, worked out, and is seen to happen",
        ("enter", "a", "enter", "enter"),
        lesson=("overshooting", 2, "en"),
    ),
    Picture("lesson-ko", "a question in Korean", ("enter",), size=MIDDLE, lesson=("adam", 4, "ko")),
    Picture("versus", "asking for a race on the rows of this run", ("to 300", "v"), "valley"),
    Picture(
        "script",
        "the lecture's program as it is printed, watched: its output, its cost, w and b beside least squares",
        data="lecture",
        screen="script",
    ),
    Picture("replay", "a recorded run played back", data="valley", screen="replay"),
)
