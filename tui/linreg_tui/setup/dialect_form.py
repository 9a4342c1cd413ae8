"""How the data are written: one row that says so in a line, and opens to the fields for it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from linreg_tui.setup.choosers import Fold
from linreg_tui.setup.dialect_texts import USUAL, in_one_line
from linreg_tui.setup.fields import DIALECT, Field
from linreg_tui.setup.form_row import FormRow

FOLD = "written"
_LABEL = Field(FOLD, "written")


class DialectForm(Vertical):
    """The form's part about how a table is written. Its fields are there once somebody has wanted them."""

    @dataclass
    class Turned(Message):
        """The fields came into sight, or went."""

        is_open: bool

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__()
        self._texts, self._problems = texts, dict[str, str]()

    def compose(self) -> ComposeResult:
        """Lay out the row."""
        yield FormRow(FOLD, replace(_LABEL, choices=(USUAL,), folds=True), in_one_line(self._texts))

    @property
    def is_open(self) -> bool:
        """Whether the fields are in sight."""
        return self._fold.is_open

    def show(self, texts: Mapping[str, str]) -> None:
        """Show other texts: those that stand there already are left alone."""
        self._texts = texts
        self._fold.value = in_one_line(texts)
        for row in self._rows:
            if row.text != texts[row.key]:
                row.text = texts[row.key]

    def explain(self, problems: Mapping[str, str]) -> None:
        """Say what is wrong: at the fields, or where they are not in sight at the row that opens them."""
        self._problems = {each.name: problems[each.name] for each in DIALECT if each.name in problems}
        for row in self._rows:
            row.explain(self._problems.get(row.key, ""))
        folded = "" if self.is_open else next(iter(self._problems.values()), "")
        self.query_one(FormRow).explain(folded)

    async def open(self) -> None:
        """Show the fields, and go to the one that is wrong, if one is."""
        if not self._rows:
            await self.mount_all(FormRow(each.name, each, self._texts[each.name], classes="-part") for each in DIALECT)
        self._set_open(True)
        wrong = next((row for row in self._rows if row.key in self._problems), None)
        if wrong is not None:
            wrong.editor.focus()

    async def on_fold_turned(self, turned: Fold.Turned) -> None:
        """Open, or close again."""
        turned.stop()
        if self.is_open:
            self._set_open(False)
        else:
            await self.open()

    def _set_open(self, is_open: bool) -> None:
        self._fold.is_open = is_open
        self.set_class(is_open, "-open")
        self.explain(self._problems)
        self.post_message(self.Turned(is_open))

    @property
    def _fold(self) -> Fold:
        return self.query_one(Fold)

    @property
    def _rows(self) -> list[FormRow]:
        return list(self.query(FormRow))[1:]
