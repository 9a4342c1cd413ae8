"""Which data: a list of the bundled sets, a line for any other, and the columns of what was chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from linreg.data.bundled import DatasetInfo
from linreg.dialect import PLAIN
from linreg.text import safe
from linreg_tui.setup.column_list import ColumnList
from linreg_tui.setup.dialect_form import DialectForm
from linreg_tui.setup.dialect_texts import texts_of
from linreg_tui.setup.fields import DATA, DROP_MISSING, Field
from linreg_tui.setup.form_row import FormRow
from linreg_tui.setup.preview import Preview
from linreg_tui.setup.rows_preview import RowsPreview
from linreg_tui.text.alignment import flush_left, flush_right

BROWSE = "…"
"""The entry of the list that opens the file picker."""


class DataChooser(Vertical):
    """The form's part about data. It says what was asked for, and is told what to show."""

    @dataclass
    class Asked(Message):
        """Somebody asked for data, by the word that the plain command would take."""

        data: str

    @dataclass
    class BrowseAsked(Message):
        """Somebody wants to look for a file."""

    @dataclass
    class ColumnsChosen(Message):
        """Somebody chose the target or the features."""

        target: str
        features: tuple[str, ...]

    def __init__(
        self, datasets: Sequence[DatasetInfo], data: str, drop_missing: str, written: Mapping[str, str]
    ) -> None:
        super().__init__()
        self._datasets, self._data, self._drop_missing, self._written = datasets, data, drop_missing, written
        self._title = ""
        self._seen: Preview | None = None
        self._shown: Preview | None = None
        self._target: str | None = None
        self._features: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        """Lay out the list, the line, and the columns."""
        yield Static(Content("data"), classes="heading -first")
        yield OptionList(*map(_entry, self._datasets), Option("a file or a recipe …", BROWSE), compact=True)
        yield FormRow("data", DATA, safe(self._data))
        yield Static(Content(""), classes="hint", id="title")
        yield DialectForm(self._written)
        yield Static(Content("columns"), classes="heading", id="columns-heading")
        yield FormRow("target", Field("target", "target", choices=("",), has_list=True))
        yield FormRow("drop_missing", DROP_MISSING, self._drop_missing)
        yield Static(Content("✓ used  → target   space use  t target  a all  n none"), classes="hint")
        yield ColumnList()
        yield Static(Content(""), classes="problem", id="features-problem")
        yield RowsPreview()

    @property
    def data(self) -> str:
        """What the line names: what was chosen, or what was typed over that."""
        typed = self.row("data").text
        return self._data if typed == safe(self._data) else typed

    def row(self, key: str) -> FormRow:
        """Return the row of a field."""
        return next(row for row in self.query(FormRow) if row.key == key)

    @property
    def dialect_form(self) -> DialectForm:
        """The part about how the data are written."""
        return self.query_one(DialectForm)

    @property
    def _is_another(self) -> bool:
        """Whether something else is being typed than what was chosen."""
        return self.data != self._data

    def show_data(self, data: str, title: str = "") -> None:
        """Show what the data are called, in the line and in the list, and what they are good for."""
        if data != self._data:  # until the others have been read, nothing is shown as if it were theirs
            self._seen, self._target, self._features = None, None, ()
        self._data, self._title = data, title
        self.row("data").text = safe(data)
        self._show_columns()
        names = [info.name for info in self._datasets]
        self.query_one(OptionList).highlighted = names.index(data) if data in names else len(names)
        self._show_title()

    def show_written(self, texts: Mapping[str, str]) -> None:
        """Show how the data are written: of a bundled set only where something is said of it."""
        self.dialect_form.show(texts)
        is_usual = texts == texts_of(PLAIN)
        self.dialect_form.set_class(is_usual and self._data in [info.name for info in self._datasets], "-hidden")

    def show_reading(self) -> None:
        """Say that the data are being looked at."""
        self._head("reading …")

    def show_columns(self, seen: Preview | None, target: str | None, features: Sequence[str]) -> None:
        """Show the columns of the data, and which are used; nothing where the data cannot be read."""
        self._seen, self._target, self._features = seen, target, tuple(features)
        self._show_columns()

    def _show_columns(self) -> None:
        """Show the columns, unless the line names other data than they are of."""
        seen, target = (None, None) if self._is_another else (self._seen, self._target)
        self._head("enter looks at them" if self._is_another else _extent(seen))
        row = self.row("target")
        if seen is not self._shown:
            row.offer(seen.names if seen else ("",), chosen=target or "")
        elif row.text != target:
            row.text = target or ""
        self._shown = seen
        for part in (self.query_one(ColumnList), self.query_one(RowsPreview)):
            part.show(seen.columns if seen else (), target, self._features)

    def _show_title(self) -> None:
        title = self.query_one("#title", Static)
        title.update(Content(safe(self._title)))
        title.display = bool(self._title) and not self._is_another

    def _head(self, text: str) -> None:
        self.query_one("#columns-heading", Static).update(Content(f"columns  {text}"))

    def explain_features(self, problem: str) -> None:
        """Say what is wrong with the features."""
        self.query_one("#features-problem", Static).update(Content(problem))
        self.query_one("#features-problem").set_class(bool(problem), "-wrong")

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Ask for a bundled data set, or for the file picker."""
        selected.stop()
        if selected.option_id == BROWSE:
            self.post_message(self.BrowseAsked())
        elif selected.option_id:
            self.post_message(self.Asked(selected.option_id))

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Ask for what was typed."""
        submitted.stop()
        self.post_message(self.Asked(self.data))

    def on_input_blurred(self, blurred: Input.Blurred) -> None:
        """Ask for what was typed, where it is something else."""
        blurred.stop()
        if self.data != self._data:
            self.post_message(self.Asked(self.data))

    def on_form_row_changed(self, changed: FormRow.Changed) -> None:
        """Keep what is about data here."""
        if changed.key == "target" and self._seen is not None:
            changed.stop()
            self.query_one(ColumnList).predict(changed.text)
        elif changed.key == "data":
            changed.stop()
            self._show_title()
            self._show_columns()

    def on_dialect_form_turned(self, turned: DialectForm.Turned) -> None:
        """Have room for the fields."""
        turned.stop()
        self.set_class(turned.is_open, "-open")

    def on_column_list_chosen(self, chosen: ColumnList.Chosen) -> None:
        """Pass the choice on."""
        chosen.stop()
        self.post_message(self.ColumnsChosen(chosen.target, chosen.features))


def _entry(info: DatasetInfo) -> Option:
    size = f"{flush_right(f'{info.n_samples:,}', 5)} × {info.n_features:<2}"
    return Option(Content(f"{flush_left(info.name, 13)}{size} {safe(info.title)}"), info.name)


def _extent(seen: Preview | None) -> str:
    if seen is None:
        return ""
    if seen.n_rows == 0:
        rows = "no row looked at"
    else:
        rows = f"{'all' if seen.is_all else 'first'} {seen.n_rows} row{'s' * (seen.n_rows != 1)}"
    unread = f", {len(seen.refused)} of them unread" if seen.refused else ""
    return f"{len(seen.columns):,}, {rows}{unread}"
