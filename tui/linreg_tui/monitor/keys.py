"""Every key of the monitor, in the manner of those of the other screens, and what its help explains."""

from linreg_tui.widgets.keys import Key

MONITOR_KEYS = (
    Key("space", "play_or_pause", "space", "run", "Run or pause", 0),
    Key("n,right", "step(1)", "n", "step", "One epoch forward (also →)", 0),
    Key("N", "step(10)", "N", "step", "Ten epochs forward", 0),
    Key("left", "back(1)", "←", "back", "One epoch back, exactly; of a script: look back, Esc returns to now", 1),
    Key("B", "back(10)", "B", "back", "Ten epochs back", 1),
    Key("g", "go_to", "g", "go to", "Go to an epoch by number", 2),
    Key("plus,equals_sign", "scale_rate(1.25)", "+", "rate", "Learning rate × 1.25, from the next epoch on", 1),
    Key("minus,underscore", "scale_rate(0.8)", "−", "rate", "Learning rate ÷ 1.25, from the next epoch on", 1),
    Key("less_than_sign,comma", "slower", "<", "speed", "Slower: 1, 10, 100, 1,000 epochs a second", 2),
    Key("greater_than_sign,full_stop", "faster", ">", "speed", "Faster; at the end flat out", 2),
    Key("u", "recover", "u", "recover", "After a divergence: halve the learning rate and go back", 4),
    Key("r", "restart", "r", "restart", "Restart from the same initial parameters; a script: run it again", 2),
    Key("R", "restart_elsewhere", "R", "restart", "Restart from new random parameters", 2),
    Key("l", "next_axis", "l", "axis", "Cost axis: log, linear, above least squares", 3),
    Key("m", "smooth", "m", "smooth", "Smooth the cost, or show it raw", 3),
    Key("c", "next_curve", "c", "curve", "Next curve: the cost, and what a watched script logs", 3),
    Key("o", "choose_optimizer", "o", "optimizer", "Choose the optimizer and its options", 3),
    Key("d", "choose_data", "d", "data", "Choose the data set and the whole recipe", 3),
    Key("1,2,3,4,5,6", "panel_key", "1-6", "panel", "Go to a panel; again: enlarge it", 3),
    Key("tab", "next_panel(1)", "tab", "panel", "Next panel", 3),
    Key("shift+tab", "next_panel(-1)", "⇧tab", "panel", "Panel before", 5),
    Key("enter", "enlarge", "⏎", "enlarge", "Enlarge the panel, or put it back (also Esc)", 4),
    Key("slash", "filter", "/", "filter", "Find parameters by name", 4),
    Key("s", "save", "s", "save", "Save the model", 4),
    Key("e", "export", "e", "export", "Export the epochs, as CSV or JSON lines", 4),
    Key("v", "race", "v", "race", "Race other optimizers and learning rates on the same rows", 3),
    Key("h", "runs", "h", "runs", "All runs that are kept: compare, replay, resume, attach", 2),
    Key("question_mark,f1", "help", "?", "help", "Help", 1),
    Key("ctrl+p", "palette", "^p", "palette", "Command palette", 5),
    Key("q", "quit", "q", "quit", "Quit, or detach from a run that is going (also ctrl+c)", 0),
)

_NOT_OF_SCRIPTS = frozenset({"restart_elsewhere", "choose_optimizer", "choose_data", "race"})


def idle_keys(*, is_script: bool, n_curves: int) -> frozenset[str]:
    """Return the actions that have nothing to do: those of a recipe in a script, of curves where there are none."""
    return (_NOT_OF_SCRIPTS if is_script else frozenset()) | (frozenset() if n_curves else {"next_curve"})


NOTES = """\
An epoch's row holds the cost that the epoch started from and the parameters after its step.
Going back is exact: the same numbers as the first time. A changed learning rate starts another future from here.
A script is not taken back: ← B g look at its earlier steps while it stands or runs on; → looks at later ones.
Least squares is the exact answer: no parameters have less cost. Beyond the largest stable learning rate the cost grows.
A run that would be over at once is slowed down to about ten seconds; > goes faster, at the end flat out."""
