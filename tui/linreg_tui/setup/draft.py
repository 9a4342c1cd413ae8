"""A recipe as fields of text: written into them, read back from them, and what is wrong with each in one sentence.

No check is made here that the plain command does not make: texts go to the recipe, the options' parser and the columns'
rules, and their sentences come back with the names of options (``--until-step``) turned into those of fields.

A recipe that goes in comes out the same, unless somebody touched a field.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from linreg.checks import OptionValue
from linreg.data import bundled
from linreg.dialect import DIALECT_KEYS, PLAIN, TextDialect
from linreg.errors import LinregError
from linreg.optim.options import shown
from linreg.recipe import Recipe
from linreg_tui.setup.column_choice import with_columns
from linreg_tui.setup.dialect_texts import dialect_of_texts, dialect_problems, texts_of
from linreg_tui.setup.fields import FIELDS, HOLD_OUT, NO, PATIENCE, SCHEDULE, YES, in_the_forms_words, option_of

_NUMBERS: dict[str, type] = dict.fromkeys(("epochs", "batch_size", "seed", "every", "patience"), int) | dict.fromkeys(
    ("until_step", "until_cost", "until_standard_errors"), float
)
_EMPTY: dict[str, Any] = dict.fromkeys(
    ("until_step", "until_cost", "until_standard_errors", "hold_out", "patience", "batch_size", "module", "every")
) | {"learning_rate": "auto", "epochs": "auto"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A recipe that is being written.

    Attributes
    ----------
    recipe
        What it was before: it holds what is not a text, the data and their columns.
    brought
        What its data bring with them: a bundled recipe's values, or the defaults.
    texts, options
        What stands in the fields now: by the recipe's names, and by the optimizer's.
    defaults
        What the optimizer's options are unless they are set.
    written
        What stands in the fields on how the data are written.
    """

    recipe: Recipe
    brought: Recipe
    texts: Mapping[str, str]
    options: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=lambda: texts_of(PLAIN))

    def typed(self, key: str, text: str) -> "Draft":
        """Put another text into a field; another optimizer comes with options of its own."""
        option = option_of(key)
        if option is not None:
            return replace(self, options={**self.options, option: text})
        if key in DIALECT_KEYS:
            return replace(self, written={**self.written, key: text})
        draft = replace(self, texts={**self.texts, key: text})
        if key == "optimizer" and not _same(text, self.texts["optimizer"]):
            own = _written_options(self.recipe) if _same(text, self.recipe.optimizer) else {}
            return replace(draft, options=own, defaults={})
        return draft

    def with_defaults(self, defaults: Mapping[str, str]) -> "Draft":
        """Take what the optimizer's options are unless they are set."""
        return replace(self, defaults=defaults)

    def option_texts(self) -> dict[str, str]:
        """Return every option's text, those of the optimizer first."""
        return {**self.defaults, **self.options}

    def on_columns(self, names: Sequence[str], target: str, features: Sequence[str]) -> "Draft":
        """Choose the target and the features, of all the columns."""
        return replace(self, recipe=with_columns(self.recipe, names, target, features))

    def on_columns_of(self, recipe: Recipe) -> "Draft":
        """Go back to the columns that a recipe chooses."""
        return replace(
            self,
            recipe=replace(self.recipe, target=recipe.target, features=recipe.features, exclude=recipe.exclude),
        )

    def without_labels(self, labels: Collection[str]) -> "Draft":
        """Leave out columns that are labels of rows, unless the recipe names them; training would do the same."""
        recipe = self.recipe
        named = {recipe.target, *recipe.features, *recipe.exclude}
        found = tuple(sorted(name for name in labels if name not in named))
        return replace(self, recipe=replace(recipe, exclude=(*recipe.exclude, *found))) if found else self

    def on_data(self, brought: Recipe) -> "Draft":
        """Go over to other data: a recipe's values fill the form; a plain file leaves what was changed by hand.

        How a file is written is its own: of another one nothing of that is known yet.
        """
        fresh = draft_of(brought, brought)
        if brought != Recipe(data=brought.data):
            return fresh
        before = draft_of(self.brought, self.brought)
        own = {name: text for name, text in self.texts.items() if text != before.texts[name] and name != "module"}
        keeps = "optimizer" in own or _same(self.texts["optimizer"], brought.optimizer)
        options = dict(self.options) if keeps and self.options != before.options else {}
        written = self.written if brought.data == self.recipe.data else fresh.written
        return replace(fresh, texts={**fresh.texts, **own}, options=options, written=written)

    def recipe_now(self) -> Recipe:
        """Build the recipe; as the plain command would from the same values.

        Raises
        ------
        LinregError
            A field is wrong; `problems` says which.
        """
        return replace(
            self.recipe,
            **{name: value for each in FIELDS for name, value in self._values(each.name).items()},
            options=self.options_now(),
            dialect=self.dialect_now(),
        )

    def dialect_now(self) -> TextDialect:
        """Return how the data are written.

        Raises
        ------
        LinregError
            A field of that is wrong.
        """
        return dialect_of_texts(self.written, self.recipe.dialect)

    def problems(self) -> dict[str, str]:
        """Say what is wrong with each field by itself, by the field's name."""
        found = dialect_problems(self.written)
        for each in FIELDS:
            try:
                replace(self.recipe, **self._values(each.name))
            except LinregError as problem:
                found[each.name] = in_the_forms_words(problem)
        if HOLD_OUT.name in found:
            found.pop(PATIENCE.name, None)  # which needs it, and says no more
        return found

    def schedule_now(self) -> dict[str, Any]:
        """Return the schedule and its options, which are typed into one field: StepLR step_size=30.

        Raises
        ------
        LinregError
            A word after the name is not KEY=VALUE.
        """
        name, *words = self.texts[SCHEDULE.name].split() or [""]
        if name == self.recipe.schedule and _written_schedule(self.recipe).split() == [name, *words]:
            return {"schedule": name, "schedule_options": self.recipe.schedule_options}
        pairs = [word.partition("=") for word in words]
        for key, equals, value in pairs:
            if not (key and equals and value):
                raise LinregError("--schedule-set takes a name, then KEY=VALUE after blanks: StepLR step_size=30.")
        return {"schedule": name or None, "schedule_options": {key: value for key, _, value in pairs}}

    def _values(self, name: str) -> dict[str, Any]:
        """Return what a field says, by the recipe's names."""
        if name == HOLD_OUT.name:
            return {name: self._value(name), PATIENCE.name: None}
        if name == PATIENCE.name:
            return {name: self._value(name), HOLD_OUT.name: self._value(HOLD_OUT.name)}
        return self.schedule_now() if name == SCHEDULE.name else {name: self._value(name)}

    def _value(self, name: str) -> Any:
        text = self.texts[name].strip()
        if isinstance(getattr(self.recipe, name), bool):
            return text == YES
        if not text and name in _EMPTY:
            return _EMPTY[name]
        try:
            return _NUMBERS[name](text) if name in _NUMBERS else text
        except ValueError:
            return text

    def options_now(self) -> dict[str, OptionValue]:
        """Return the options that are set, as the plain command would take them."""
        same = _same(self.texts["optimizer"], self.recipe.optimizer)
        old = self.recipe.options if same else {}
        values: dict[str, OptionValue] = {}
        for name, text in self.options.items():
            text = text.strip()
            if name in old and text == shown(old[name]):
                values[name] = old[name]
            elif text and text != self.defaults.get(name):
                values[name] = text
        return values


def draft_of(recipe: Recipe, brought: Recipe | None = None) -> Draft:
    """Write a recipe into the fields."""
    texts = {each.name: _written(getattr(recipe, each.name)) for each in FIELDS}
    texts[SCHEDULE.name] = _written_schedule(recipe)
    return Draft(
        recipe,
        brought or brought_with(recipe),
        texts,
        _written_options(recipe),
        written=texts_of(recipe.dialect),
    )


def brought_with(recipe: Recipe) -> Recipe:
    """Find what a recipe's data bring with them: the bundled recipe that it comes from, or the defaults."""
    found = bundled_name(recipe)
    if found is not None:
        return bundled.find(found)
    return recipe if recipe.title else Recipe(data=recipe.data)


def bundled_name(recipe: Recipe) -> str | None:
    """Return the bundled data set that a recipe trains on, by the title where two share their rows."""
    return bundled.name_of(recipe.data, recipe.title)


def _written(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    return "" if value is None else str(value)


def _written_schedule(recipe: Recipe) -> str:
    words = (f"{name}={shown(value)}" for name, value in recipe.schedule_options.items())
    return "" if recipe.schedule is None else " ".join([recipe.schedule, *words])


def _written_options(recipe: Recipe) -> dict[str, str]:
    return {name: shown(value) for name, value in recipe.options.items()}


def _same(one: str, other: str) -> bool:
    return one.strip().lower() == other.strip().lower()
