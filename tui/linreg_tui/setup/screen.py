"""Set up a run: the data and their columns on one side, how to train on the other.

The draft is the one thing that changes: what is typed makes another draft, and what is wrong with that is shown beside
its fields. Files and torch are waited for in threads, while the screen goes on.
"""

from asyncio import sleep, to_thread
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, OptionList, Static
from textual.worker import Worker

from linreg.data import bundled
from linreg.dialect import DIALECT_KEYS, PLAIN
from linreg.errors import LinregError
from linreg.files.paths import is_folder
from linreg.recipe import Recipe
from linreg_tui.setup.catalogue import Catalogue, Remark, catalogue, remarks
from linreg_tui.setup.column_choice import chosen_columns
from linreg_tui.setup.column_list import ColumnList
from linreg_tui.setup.data_chooser import DataChooser
from linreg_tui.setup.dialect_form import FOLD
from linreg_tui.setup.dialect_texts import dialect_problems
from linreg_tui.setup.draft import bundled_name, draft_of
from linreg_tui.setup.form_row import FormRow
from linreg_tui.setup.picker import PickerScreen
from linreg_tui.setup.preview import Kind, Preview, preview
from linreg_tui.setup.problems import data_problems, training_problems
from linreg_tui.setup.recipe_form import RecipeForm, remark_of

_WIDE, _HIGH = 100, 34
PAUSE = 0.3
"""Seconds without a key after which data are looked at again."""


class SetupScreen(ModalScreen[Recipe | None]):
    """Choose a recipe; None is the answer of Esc.

    Parameters
    ----------
    recipe
        What the fields say at first.
    focus
        Where to begin.
    """

    CSS_PATH = "setup.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]  # noqa: RUF012 - Textual's own type
    VERTICAL_BREAKPOINTS = [(0, "-low"), (_HIGH, "-high")]  # noqa: RUF012 - Textual's own type
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f5", "start", "Start", priority=True),
        Binding("escape", "dismiss(None)", "Cancel"),
    ]

    def __init__(self, recipe: Recipe, focus: Literal["data", "optimizer"] = "data") -> None:
        super().__init__()
        self._draft = draft_of(recipe)
        self._brought = recipe
        self._first_focus = focus
        self._data = bundled_name(recipe) or recipe.data
        self._seen: Preview | None = None
        self._data_problem = ""
        self._catalogue: Catalogue | None = None
        self._remarks: Mapping[str, Remark] = {}
        self._reading: Worker[None] | None = None
        self._going_over = self._has_chosen_columns = False

    def compose(self) -> ComposeResult:
        """Lay out the two sides and the buttons."""
        self.add_class("-wide" if self.app.size.width >= _WIDE else "-narrow")  # before there is anything to restyle
        yield Static(Content("set up a run: which data, and how to train on them"), id="what")
        with Horizontal(id="body"):
            with VerticalScroll(classes="side", can_focus=False):
                draft = self._draft
                yield DataChooser(bundled.describe(), self._data, draft.texts["drop_missing"], draft.written)
            with VerticalScroll(classes="side", can_focus=False):
                yield RecipeForm(self._draft)
        with Horizontal(id="buttons"):
            yield Button(Content("Start ctrl+s"), id="start", compact=True)
            yield Button(Content("Cancel esc"), id="cancel", compact=True)
            yield Static(Content("tab next field  enter pick"), classes="hint")

    def on_mount(self) -> None:
        """Begin where it was asked for, and look at data and torch meanwhile."""
        self._chooser.show_data(self._data, self._draft.recipe.title)
        self._chooser.show_written(self._draft.written)
        start = (
            self._chooser.query_one(OptionList) if self._first_focus == "data" else self._form.row("optimizer").editor
        )
        start.focus()
        self.call_after_refresh(self._keep_in_sight)
        self._read(self._look(self._draft.recipe.data))
        self.run_worker(self._load_catalogue())

    @property
    def _chooser(self) -> DataChooser:
        return self.query_one(DataChooser)

    @property
    def _form(self) -> RecipeForm:
        return self.query_one(RecipeForm)

    # Waiting for files and for torch

    def _read(self, work: Coroutine[None, None, None]) -> None:
        """Begin to read data; what was being read before is not wanted any more."""
        self._reading = self.run_worker(work, group="data", exclusive=True)

    async def _look(self, data: str) -> None:
        """Look at the columns of the data that are chosen."""
        self._chooser.show_reading()
        self._seen, self._data_problem = None, ""
        if not dialect_problems(self._draft.written):
            try:
                self._seen = await to_thread(preview, data, self._draft.dialect_now())
                self._draft = self._draft.without_labels(self._seen.remarks.labels)
            except LinregError as problem:
                self._data_problem = str(problem)
        self._show_columns()
        self._explain()

    async def _go_over(self, data: str) -> None:
        """Choose other data: the form fills with what they bring."""
        self._data, self._going_over = data, True
        self._chooser.show_data(data)
        self._chooser.show_reading()
        try:
            recipe = await to_thread(bundled.find, data)
        except LinregError as problem:
            self._seen, self._data_problem = None, str(problem)
            self._show_columns()
            self._explain()
            return
        finally:
            self._going_over = False
        self._draft, self._brought = self._draft.on_data(recipe), recipe
        self._has_chosen_columns = False
        self._chooser.show_data(data, recipe.title)
        self._chooser.show_written(self._draft.written)
        await self._look(recipe.data)
        self._leave_text_out()
        await self._show_draft()

    async def _look_again(self) -> None:
        """Look at the same data as they are said to be written now, once nobody has typed for a moment."""
        self._chooser.show_reading()
        await sleep(PAUSE)
        if not self._has_chosen_columns:
            self._draft = self._draft.on_columns_of(self._brought)
        await self._look(self._draft.recipe.data)
        self._leave_text_out()

    def _leave_text_out(self) -> None:
        """Of a plain file, do not begin with columns of words; where numbers are amiss, that is said instead."""
        seen, brought = self._seen, self._brought
        if seen is None or self._has_chosen_columns or brought.changed(dialect=PLAIN) != Recipe(data=brought.data):
            return
        target, features = chosen_columns(self._draft.recipe, seen.names)
        text = {column.name for column in seen.columns if column.kind is Kind.TEXT}
        usable = tuple(name for name in features if name not in text)
        if target is not None and usable and len(usable) < len(features):
            self._draft = self._draft.on_columns(seen.names, target, usable)
            self._show_columns()
            self._explain()

    async def _load_catalogue(self) -> None:
        self._catalogue = await to_thread(catalogue)
        self._form.offer(self._catalogue)
        await self._show_draft()
        self.call_after_refresh(self._keep_in_sight)
        self._remarks = await to_thread(remarks)
        self._explain()

    def _keep_in_sight(self) -> None:
        """Show the field with the keyboard: what stands above it may have grown."""
        if self.focused is self._form.row("optimizer").editor:
            self._form.scroll_visible(animate=False, top=True)
        elif self.focused is not None:
            self.focused.scroll_visible(animate=False)

    # What is typed

    async def on_form_row_changed(self, changed: FormRow.Changed) -> None:
        """Put it into the draft; what is said of how the data are written shows in their columns."""
        if changed.key in DIALECT_KEYS and self._going_over:
            return  # it was said of data that have been left
        self._draft = self._draft.typed(changed.key, changed.text)
        if changed.key in DIALECT_KEYS:
            self._chooser.show_written(self._draft.written)
            self._explain()
            self._read(self._look_again())
        elif changed.key == "optimizer":
            await self._show_draft()
        else:
            self._explain()

    def on_data_chooser_columns_chosen(self, chosen: DataChooser.ColumnsChosen) -> None:
        """Put them into the draft."""
        if self._seen is not None:
            self._draft = self._draft.on_columns(self._seen.names, chosen.target, chosen.features)
            self._has_chosen_columns = True
            self._show_columns()
            self._explain()

    def on_data_chooser_asked(self, asked: DataChooser.Asked) -> None:
        """Choose other data."""
        self._read(self._go_over(asked.data))

    def on_data_chooser_browse_asked(self, _: DataChooser.BrowseAsked) -> None:
        """Look for a file, beginning where the one that is chosen is."""
        folder = Path(self._data).parent if self._data == self._draft.recipe.data else Path()

        def picked(path: str | None) -> None:
            if path is not None:
                self._read(self._go_over(path))

        self.app.push_screen(PickerScreen(folder if is_folder(folder) else Path()), picked)

    # What is shown

    async def _show_draft(self) -> None:
        if self._catalogue is not None:
            name = self._catalogue.optimizer(self._draft.texts["optimizer"])
            if name != self._draft.texts["optimizer"]:
                self._draft = replace(self._draft, texts={**self._draft.texts, "optimizer": name})
            self._draft = self._draft.with_defaults(self._catalogue.optimizers.get(name, {}))
        self._form.show(self._draft)
        self._chooser.row("drop_missing").text = self._draft.texts["drop_missing"]
        await self._form.show_options(self._draft)
        self._explain()

    def _show_columns(self) -> None:
        names = self._seen.names if self._seen is not None else ()
        self._chooser.show_columns(self._seen, *chosen_columns(self._draft.recipe, names))

    def _explain(self) -> dict[str, str]:
        """Show what is wrong, each beside its field, and return it."""
        found = data_problems(self._data_problem) | training_problems(
            self._draft, self._seen, self._remarks, has_torch=self._catalogue is not None
        )
        for row in self.query(FormRow):
            if row.key not in (*DIALECT_KEYS, FOLD):
                row.explain(found.get(row.key, ""))
        self._chooser.dialect_form.explain(found)
        self._chooser.explain_features(found.get("features", ""))
        if self._catalogue is not None:
            self._form.show_remark(remark_of(self._draft.texts["optimizer"], self._remarks))
        return found

    # The end

    def action_start(self) -> None:
        """Answer with the recipe; or go to the first field that is wrong."""
        self.run_worker(self._start(), group="start", exclusive=True)  # a wait in a handler would stop the screen

    async def _start(self) -> None:
        if self._chooser.data != self._data:
            self._read(self._go_over(self._chooser.data))
        if self._reading is not None:
            await self._reading.wait()
        found = self._explain()
        if found:
            await self._go_to(found)
        else:
            self.dismiss(self._draft.recipe_now())

    async def _go_to(self, found: Mapping[str, str]) -> None:
        """Put the keyboard where the first thing is wrong."""
        if any(key in found for key in DIALECT_KEYS) and "data" not in found:
            await self._chooser.dialect_form.open()
            return
        places = (row.editor for row in self.query(FormRow) if row.key in found)
        next(places, self.query_one(ColumnList)).focus()

    def on_button_pressed(self, pressed: Button.Pressed) -> None:
        """Do what the button says."""
        if pressed.button.id == "start":
            self.action_start()
        else:
            self.dismiss(None)
