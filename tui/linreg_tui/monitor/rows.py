"""The keys that change the rows of a run: a hand on panel 2, and the file that they are written to.

Only a run of this process has its rows here, and only those of one feature can be seen and moved in a plane; a key that
cannot do what it does says why.
"""

from collections.abc import Sequence

from linreg.live.control import ChangesRows
from linreg.live.edits import why_not
from linreg.remote.client import AttachedRun
from linreg_tui.monitor.keys import KEYS_BESIDE_ROWS, OF_ROWS, ROW_KEYS
from linreg_tui.monitor.panels.fit_plot import FitPanel
from linreg_tui.monitor.steering import SteeringScreen
from linreg_tui.monitor.writing import ask_to_write_rows
from linreg_tui.widgets.key_line import KeyLine
from linreg_tui.widgets.keys import Key


class RowsScreen(SteeringScreen):
    """A screen of one run, whose rows can be changed where they are here."""

    def _why_no_hand(self) -> str:
        """Say why the rows cannot be changed here; nothing where they can be."""
        control, facts = self._control, self._control.facts
        if facts is None:
            return "the rows are not read yet"
        if isinstance(control, ChangesRows):
            return why_not(facts)
        if isinstance(control, AttachedRun):
            return why_not(facts) if facts.script else "the rows can be changed only where the run was started"
        return "this is a recording: rows can be changed in a run, which d sets up"

    def action_change_rows(self) -> None:
        """Lay a hand on the rows, or take it away."""
        panel, reason = self.query_one(FitPanel), self._why_no_hand()
        if reason:
            self.say(reason, is_error=True)
            return
        if panel.hand is not None and panel.has_focus:
            panel.let_go()
            return
        if not panel.has_focus:
            self._grid.go_to(panel.number)
        if panel.hand is None:
            panel.lay_hand()

    def action_write_rows(self) -> None:
        """Ask for a file, and write the rows as they are."""
        control, reason = self._control, self._why_no_hand()
        if reason or not isinstance(control, ChangesRows):
            self.say(reason, is_error=True)
        else:
            ask_to_write_rows(self.app, control.recipe, control, self._hasten)

    def _refuses_other_rows(self) -> bool:
        """Refuse to train something else on rows that are in no file, and return whether they are in none."""
        facts = self._control.facts
        is_refused = facts is not None and facts.rows_changed
        if is_refused:
            words = "the rows were changed by hand and are in no file: w, where the run was started, writes them to one"
            self.say(words, is_error=True)
        return is_refused

    def on_fit_panel_edit_asked(self, message: FitPanel.EditAsked) -> None:
        """Have a row changed."""
        if isinstance(self._control, ChangesRows):
            self._control.edit_rows(message.edit)
            self._hasten()

    def on_fit_panel_nothing_found(self) -> None:
        """Say why nothing happens."""
        self.say("no row is here: tab takes the next one, a adds one")

    def on_fit_panel_hand_moved(self) -> None:
        """Show the keys of the hand while it is there."""
        self._name_keys()

    def on_descendant_focus(self) -> None:
        """Show the keys of what has the keyboard."""
        self._name_keys()

    def on_descendant_blur(self) -> None:
        """Show the keys of what has it now."""
        self._name_keys()

    @property
    def has_hand(self) -> bool:
        """Whether a hand is on the rows and has the keyboard."""
        panel = self.query_one(FitPanel)
        return panel.hand is not None and panel.has_focus

    def _name_keys(self) -> None:
        self.query_one(KeyLine).meanwhile = (*ROW_KEYS, *KEYS_BESIDE_ROWS) if self.has_hand else ()

    def keys_for_help(self, keys: Sequence[Key]) -> tuple[Key, ...]:
        """List the keys that do something: those of the hand while there is one, none of the rows where none can be."""
        if self._why_no_hand():
            return tuple(key for key in keys if key.action not in OF_ROWS)
        held = ROW_KEYS if self.query_one(FitPanel).hand is not None else ()
        taken = {key.shown for key in held}
        return (*(key for key in held if key.meaning), *(key for key in keys if key.shown not in taken))

    def may_hold_rows(self) -> bool:
        """Tell whether the rows can be changed, here and to the panel that shows them."""
        panel = self.query_one(FitPanel)
        panel.may_edit = not self._why_no_hand()
        return panel.may_edit
