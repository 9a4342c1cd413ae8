"""Every key of the screen of runs, in the manner of those of the monitor."""

from linreg_tui.widgets.keys import Key

RUNS_KEYS = (
    Key("enter", "open", "⏎", "open", "Open the run: attach while it runs, continue what was left, replay the rest", 0),
    Key("space", "mark", "space", "mark", "Mark the run: its cost stays on the chart, under a letter", 0),
    Key("u", "unmark", "u", "unmark all", "Unmark all runs", 4),
    Key("a", "ask_for('attach')", "a", "attach", "Attach to a run that another process is at work on", 2),
    Key("p", "ask_for('replay')", "p", "replay", "Replay the epochs that are kept", 2),
    Key("c", "ask_for('resume')", "c", "continue", "Continue a run that was left before its end", 2),
    Key(
        "L",
        "lay_over",
        "L",
        "lay over",
        "Lay its cost, or those of all marked, over the run one came from, or off it",
        2,
    ),
    Key("slash", "filter", "/", "filter", "Show only runs with this in their name, status, data or optimizer", 1),
    Key("o", "sort(1)", "o", "order", "Order: newest, oldest, name, status, epoch, cost", 1),
    Key("O", "sort(-1)", "O", "order", "The order before", 5),
    Key("l", "next_axis", "l", "axis", "Axis of the chart: log, linear", 3),
    Key("C", "next_curve", "C", "curve", "Next curve: the cost, and what watched scripts have logged", 4),
    Key("n", "rename", "n", "rename", "Call the run something else", 3),
    Key(
        "e",
        "export",
        "e",
        "export",
        "Write the run, or each marked one, to a file: a table, a picture, or for another program",
        3,
    ),
    Key(
        "D,delete",
        "delete",
        "D",
        "delete",
        "Delete the run, or all that are marked, with checkpoints, after a question",
        3,
    ),
    Key("up,k", "move(-1)", "↑", "move", "The run above (also k)", 4),
    Key("down,j", "move(1)", "↓", "move", "The run below (also j)", 4),
    Key("pageup", "move_pages(-1)", "PgUp", "page", "A page up", 5),
    Key("pagedown", "move_pages(1)", "PgDn", "page", "A page down", 5),
    Key("home", "move(-1000000000)", "Home", "ends", "The first run", 5),
    Key("end", "move(1000000000)", "End", "ends", "The last run", 5),
    Key("1,2,3", "panel_key", "1-3", "panel", "Go to a panel; again: enlarge it", 4),
    Key("tab", "next_panel(1)", "tab", "panel", "Next panel", 2),
    Key("shift+tab", "next_panel(-1)", "⇧tab", "panel", "Panel before", 5),
    Key("question_mark,f1", "help", "?", "help", "Help", 1),
    Key("ctrl+p", "palette", "^p", "palette", "Command palette", 5),
    Key("q,h", "leave", "q", "back", "Back to where you came from (also h, Esc)", 0),
)

NOTES = """\
The letter of a marked run stands on its curve and beside its name; ▸ is the run that is highlighted.
The chart shows how far the costs are above least squares, where that is known of all its runs, else the costs.
Of a long run only every so many epochs are kept, and the newest: the frame of the chart says how many.
✕ on its upper edge: the cost was no finite number. 0 on its lower edge: the cost was exactly 0.
An arrow: there a curve leaves the chart, which would be flat otherwise."""


def idle_keys(*, has_logged: bool) -> frozenset[str]:
    """Return the actions that have nothing to do, where no run that is shown has logged anything."""
    return frozenset() if has_logged else frozenset({"next_curve"})
