"""Every key of the monitor, in the manner of those of the other screens, and what its help explains."""

from dataclasses import replace

from linreg.recipe import Recipe
from linreg_tui.widgets.keys import ONLY_IN_HELP, Key, action_name

BEST = "go_to_best"
MONITOR_KEYS = (
    Key("space", "play_or_pause", "space", "run", "Run or pause", 0),
    Key("n,right", "step(1)", "n", "step", "One epoch forward (also →)", 0),
    Key("N", "step(10)", "N", "step", "Ten epochs forward", 0),
    Key("E", "end_epoch", "E", "epoch", "To the end of a script's epoch of many steps", 4),
    Key("left", "back(1)", "←", "back", "One epoch back, exactly; of a script: look back, Esc returns to now", 1),
    Key("B", "back(10)", "B", "back", "Ten epochs back", 1),
    Key("g", "go_to", "g", "go to", "Go to an epoch by number", 2),
    Key("b", BEST, "b", "best", "Go to the epoch of the least held-out cost", 2),
    Key("plus", "scale_rate(1.25)", "+", "rate", "Learning rate × 1.25, from the next epoch on", 1),
    Key("minus,underscore", "scale_rate(0.8)", "−", "rate", "Learning rate ÷ 1.25, from the next epoch on", 1),
    Key("equals_sign", "type_rate", "=", "rate", "Type a learning rate, or a part of the largest stable one", 1),
    Key("less_than_sign,comma", "slower", "<", "speed", "Slower: 1, 10, 100, 1,000 epochs a second", 2),
    Key("greater_than_sign,full_stop", "faster", ">", "speed", "Faster; at the end flat out", 2),
    Key("u", "recover", "u", "recover", "After a divergence: back to the least cost, with a safe learning rate", 4),
    Key("r", "restart", "r", "restart", "Restart from the same initial parameters; a script: run it again", 2),
    Key("R", "restart_elsewhere", "R", "restart", "Restart from new random parameters", 2),
    Key("l", "next_axis", "l", "axis", "Cost axis: log, linear, above least squares", 3),
    Key("x", "next_epoch_axis", "x", "axis", "Epoch axis: linear, log, seconds of computing", 3),
    Key("m", "smooth", "m", "smooth", "Smooth the cost, or show it raw", 3),
    Key(
        "c", "cursor", "c", "cursor", "Point at an epoch, on 4 at a place (or click): arrows, ⏎ goes or starts there", 3
    ),
    Key(
        "a",
        "change_rows",
        "a",
        "cursor",
        "Change the rows, on 2 (one feature): a adds one, arrows move it, z undoes",
        3,
    ),
    Key("w", "write_rows", "w", "write", "Write the rows as they are, as CSV", ONLY_IN_HELP),
    Key("C", "next_curve", "C", "curve", "Next curve: the cost, and what a watched script logs", 3),
    Key("o", "choose_optimizer", "o", "set up", "Choose the optimizer and its options", 3),
    Key("d", "choose_data", "d", "set up", "Choose the data set and the whole recipe", 3),
    Key("1,2,3,4,5,6", "panel_key", "1-6", "panel", "Go to a panel; again: enlarge it", 3),
    Key("tab", "next_panel(1)", "tab", "panel", "Next panel", 3),
    Key("shift+tab", "next_panel(-1)", "⇧tab", "panel", "Panel before", 5),
    Key("f", "turn", "f", "panel", "Turn panel 2: fit, residuals, normal quantiles, scale, leverage", 3),
    Key("enter", "enlarge", "⏎", "zoom", "Enlarge the panel, or put it back (also Esc)", 4),
    Key("slash", "filter", "/", "filter", "Find parameters by name", 4),
    Key("s", "save", "s", "save", "Save the model", 4),
    Key("e", "export", "e", "export", "Export the epochs, as CSV or JSON lines", 4),
    Key(
        "y",
        "reproduce",
        "y",
        "line",
        "The line that comes to these numbers again, also for the clipboard",
        ONLY_IN_HELP,
    ),
    Key("v", "race", "v", "race", "Race other optimizers and learning rates on the same rows", 3),
    Key("h", "runs", "h", "runs", "All runs that are kept: compare, lay over the cost, replay, resume, attach", 2),
    Key("question_mark,f1", "help", "?", "help", "Help", 1),
    Key("ctrl+p", "palette", "^p", "palette", "Command palette", 5),
    Key("q", "quit", "q", "quit", "Quit, or detach from a run that is going (also ctrl+c)", 0),
)

ROW_KEYS = (
    Key("left", "move(-1, 0)", "←", "move", "The hand, and the row that it holds, to the left; with shift a little", 0),
    Key("right", "move(1, 0)", "→", "move", "To the right", 0),
    Key("up", "move(0, 1)", "↑", "move", "Upwards", 0),
    Key("down", "move(0, -1)", "↓", "move", "Downwards", 0),
    Key("shift+left", "move(-0.1, 0)", "⇧←", "", "", ONLY_IN_HELP),
    Key("shift+right", "move(0.1, 0)", "⇧→", "", "", ONLY_IN_HELP),
    Key("shift+up", "move(0, 0.1)", "⇧↑", "", "", ONLY_IN_HELP),
    Key("shift+down", "move(0, -0.1)", "⇧↓", "", "", ONLY_IN_HELP),
    Key("a", "add_row", "a", "add", "Add a row where the hand is, and hold it", 0),
    Key("x,delete", "remove_row", "x", "remove", "Remove the row that is held", 0),
    Key("tab", "next_row(1)", "tab", "next row", "Hold the next row; with shift, the one before", 1),
    Key("shift+tab", "next_row(-1)", "⇧tab", "", "", ONLY_IN_HELP),
    Key("enter", "hold", "⏎", "hold, let go", "Let the row go and move the hand alone; hold the row that is there", 2),
    Key("N", "scatter", "N", "noise", "Noise on every target: a tenth of their standard deviation", 2),
    Key("z,ctrl+z", "undo", "z", "undo", "Take the latest change of the rows back", 1),
    Key("Z,ctrl+y", "redo", "Z", "undo", "Make it again", 1),
    Key("escape", "let_go", "esc", "done", "Take the hand away", 0),
)
"""While a hand is on the rows of panel 2."""
_BESIDE_ROWS = {"write_rows": 1, "play_or_pause": 1, "step": 3, "restart": 1, "scale_rate": 3, "help": 1, "quit": 3}
KEYS_BESIDE_ROWS = tuple(
    replace(key, rank=_BESIDE_ROWS[action_name(key.action)])
    for key in MONITOR_KEYS
    if action_name(key.action) in _BESIDE_ROWS and key.keys != "N"
)
"""What is pressed meanwhile, for the footer."""

KEYS_OF_A_VISIT = (
    *MONITOR_KEYS[:-1],
    replace(MONITOR_KEYS[-1], word="back", meaning="Back to where you came from (also Esc)"),
)
"""Where whoever leaves comes back to a race, or to the runs."""

_NOT_OF_SCRIPTS = frozenset({"reproduce", "restart_elsewhere", "choose_optimizer", "choose_data", "race", "turn"})
OF_ROWS = frozenset({"change_rows", "write_rows"})
_OF_SCREEN = frozenset({"help", "palette", "quit", "runs"})
_OF_LOOKS = frozenset({"next_axis", "next_epoch_axis", "smooth", "cursor", "next_curve", "turn"})
_OF_LOOKS |= {"panel", "panel_key", "next_panel", "enlarge", "filter", "export"}
_OF_CHOICE = frozenset({"choose_optimizer", "choose_data"})


def keys_of(recipe: Recipe, *, is_visit: bool) -> tuple[Key, ...]:
    """Return the keys of a run's screen: one that leads to the best epoch only where rows are held out."""
    keys = KEYS_OF_A_VISIT if is_visit else MONITOR_KEYS
    return keys if recipe.hold_out is not None else tuple(key for key in keys if key.action != BEST)


def idle_keys(*, is_script: bool, n_curves: int, has_hand: bool) -> frozenset[str]:
    """Return the actions that have nothing to do: those of a recipe in a script, of curves and rows to change without.

    The key of one that is not here says why.
    """
    idle = _NOT_OF_SCRIPTS if is_script else frozenset({"end_epoch"})
    return idle | (frozenset() if n_curves else {"next_curve"}) | (frozenset() if has_hand else OF_ROWS)


def idle_after_failure(*, is_ours: bool, has_rows: bool) -> frozenset[str]:
    """Return the actions that have nothing left to do, and nobody to ask for it, where a run has failed."""
    useful = _OF_SCREEN | (_OF_CHOICE if is_ours else frozenset()) | (_OF_LOOKS if has_rows else frozenset())
    return frozenset(action_name(key.action) for key in MONITOR_KEYS) - useful


NOTES = """\
An epoch's row holds the cost that the epoch started from and the parameters after its step.
Going back is exact: the same numbers as the first time. A changed learning rate starts another future from here.
A script is not taken back: ← B g look at its earlier steps while it stands or runs on; → looks at later ones.
Least squares is the exact answer: no parameters have less cost. Beyond the largest stable learning rate the cost grows.
On the chart: ● now, ▾ the learning rate (η) or the rows were changed, ┆ what was gone back over begins, ✕ not finite.
A run that would be over at once is slowed down to about ten seconds; > goes faster, at the end flat out."""
