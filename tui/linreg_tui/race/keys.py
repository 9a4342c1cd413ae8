"""Every key of the race, in the manner of those of the monitor, and what its help explains."""

from linreg_tui.widgets.keys import Key

RACE_KEYS = (
    Key("space", "play_or_pause", "space", "run", "Run or pause", 0),
    Key("n,right", "step(1)", "n", "step", "One epoch of every racer (also →)", 0),
    Key("N", "step(10)", "N", "step", "Ten epochs of every racer", 0),
    Key("up,k", "select(-1)", "↑", "racer", "Choose the racer above: its curve stands out", 1),
    Key("down,j", "select(1)", "↓", "racer", "Choose the racer below", 1),
    Key("enter", "watch", "⏎", "watch", "Watch the chosen racer alone, from where it stands; q comes back", 1),
    Key("less_than_sign,comma", "slower", "<", "speed", "Slower: 1, 10, 100, 1,000 epochs a second", 2),
    Key("greater_than_sign,full_stop", "faster", ">", "speed", "Faster; at the end flat out", 2),
    Key("r", "restart", "r", "restart", "Everyone back to the start", 2),
    Key("l", "next_axis", "l", "axis", "Axes: both log, epochs linear; plain cost log, linear", 3),
    Key("1,2,3", "panel_key", "1-3", "panel", "Go to a panel; again: enlarge it", 3),
    Key("tab", "next_panel(1)", "tab", "panel", "Next panel", 3),
    Key("shift+tab", "next_panel(-1)", "⇧tab", "panel", "Panel before", 5),
    Key("question_mark,f1", "help", "?", "help", "Help", 1),
    Key("ctrl+p", "palette", "^p", "palette", "Command palette", 5),
    Key("q", "leave", "q", "back", "Back (also Esc)", 0),
)

NOTES = """\
All run on the same rows from the same start, unless init or seed vary, and all keep step, epoch by epoch.
Ranked by the epochs until the cost is within 1e−6 of that of least squares, then within 1e−3, then by what is left;
where least squares is not known, the best cost that any of them has reached takes its place.
Milliseconds are those of a racer's own engine. Slowed down, they count more of what starting a block takes:
linreg race, or > to the end, measures them flat out.
A letter says whose a curve is, where it ends and in the table. Whoever diverged leaves the picture and has no place."""
