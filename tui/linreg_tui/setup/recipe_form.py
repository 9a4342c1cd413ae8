"""How to train: the optimizer with its options, and every other choice of a recipe that is not about data."""

from collections.abc import Mapping
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from linreg_tui.setup.catalogue import Catalogue, Remark
from linreg_tui.setup.draft import Draft
from linreg_tui.setup.fields import COMPUTING, DEVICE, OPTIMIZER, TRAINING, Field, option_key
from linreg_tui.setup.form_row import FormRow


class RecipeForm(Vertical):
    """The form's part about training. It says what was typed, and is told what to show."""

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft

    def compose(self) -> ComposeResult:
        """Lay out the fields, in three parts."""
        texts = self._draft.texts
        yield Static(Content("optimizer"), classes="heading -first")
        optimizer = replace(OPTIMIZER, choices=(texts["optimizer"],))
        yield FormRow("optimizer", optimizer, texts["optimizer"])
        yield Static(Content("loading the optimizers …"), classes="hint", id="remark")
        yield Vertical(*self._option_rows(self._draft), id="options")
        yield Static(Content("training"), classes="heading")
        for field in TRAINING:
            yield FormRow(field.name, field, texts[field.name])
        yield Static(Content("computing"), classes="heading")
        for field in COMPUTING:
            yield FormRow(field.name, field, texts[field.name])

    def on_mount(self) -> None:
        """Say that there is more to choose from than is there yet."""
        chosen = self._draft.texts["optimizer"]
        self.row("optimizer").offer((chosen,), ("loading …",))

    def show(self, draft: Draft) -> None:
        """Show a draft: texts that stand there already are left alone."""
        self._draft = draft
        for row in self.query(FormRow):
            if row.key in draft.texts and row.text != draft.texts[row.key]:
                row.text = draft.texts[row.key]

    async def show_options(self, draft: Draft) -> None:
        """Show the fields of the optimizer's options anew."""
        options = self.query_one("#options", Vertical)
        with self.app.batch_update():
            await options.remove_children()
            await options.mount_all(self._option_rows(draft))

    def offer(self, catalogue: Catalogue) -> None:
        """Offer the optimizers and the devices that are there."""
        self.row("optimizer").offer(tuple(catalogue.optimizers))
        here = {device.name: device.description for device in catalogue.devices}
        choices = ("auto", *here)
        self.row(DEVICE.name).offer(choices, tuple(here.get(name, "") for name in choices))
        self.show_remark("")

    def show_remark(self, text: str) -> None:
        """Say what is special about the optimizer."""
        remark = self.query_one("#remark", Static)
        remark.update(Content(text))
        remark.display = bool(text)

    def row(self, key: str) -> FormRow:
        """Return the row of a field."""
        return next(row for row in self.query(FormRow) if row.key == key)

    def _option_rows(self, draft: Draft) -> list[FormRow]:
        rows = []
        for name, text in draft.option_texts().items():
            default = draft.defaults.get(name, "")
            suggestions = ("true", "false") if default in ("true", "false") else ()
            rows.append(FormRow(option_key(name), Field(name, name, default), text, suggestions=suggestions))
        return rows


def remark_of(optimizer: str, remarks: Mapping[str, Remark]) -> str:
    """Return what is to be said of an optimizer, nothing where it is not known yet, or cannot be used."""
    remark = remarks.get(optimizer)
    return remark.text if remark is not None and remark.usable else ""
