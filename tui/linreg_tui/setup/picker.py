"""Look for a data file or a recipe: a tree of folders, and a line to type a path in."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import DirectoryTree, Input, Static
from textual.widgets.directory_tree import DirEntry
from textual.widgets.tree import TreeNode

from linreg.files.paths import is_folder
from linreg.text import safe
from linreg_tui.widgets.safe_input import SafeInput

READABLE = (
    ".csv",
    ".tsv",
    ".csv.gz",
    ".tsv.gz",
    ".parquet",
    ".jsonl",
    ".ndjson",
    ".arrow",
    ".feather",
    ".toml",
)


class DataTree(DirectoryTree):
    """Folders, and the files in them that can be trained on; names are strangers' text."""

    ICON_FILE = "  "
    ICON_NODE = "▸ "
    ICON_NODE_EXPANDED = "▾ "

    def filter_paths(self, paths: Iterable[Path]) -> Iterable[Path]:
        """Leave out what is hidden, and what is no data."""
        return [path for path in paths if not path.name.startswith(".") and (_is_readable(path) or is_folder(path))]

    def process_label(self, label: str | Text) -> Text:
        """Make a name safe: a line break in it would cut it off, a name of blanks would end the app."""
        return Text(safe(str(label)) or os.sep)

    def render_label(self, node: TreeNode[DirEntry], base_style: Style, style: Style) -> Text:
        """Write a name in one style: whether it is a folder shows by its mark."""
        mark = (
            self.ICON_FILE if not node.allow_expand else self.ICON_NODE_EXPANDED if node.is_expanded else self.ICON_NODE
        )
        return Text.assemble((mark, base_style), (str(node.label), style))


class PathSuggester(Suggester):
    """Complete the path of a folder, a data file or a recipe."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Complete it with the first name that fits, in alphabetical order."""
        return completed(value)


class PickerScreen(ModalScreen[str | None]):
    """Choose a file. None is the answer of Esc."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Cancel"),
        Binding("backspace", "parent", "Folder above"),
        Binding("ctrl+s,f5", "take", "Take"),
    ]

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder, self._written = Path(os.path.realpath(folder)), ""

    def compose(self) -> ComposeResult:
        """Lay out the line and the tree."""
        with Vertical(id="sheet") as sheet:
            sheet.border_title = Content("a file or a recipe")
            yield SafeInput(_folder_text(self._folder), suggester=PathSuggester(), compact=True, select_on_focus=False)
            yield DataTree(self._folder)
            yield Static(
                Content("enter open or take  backspace folder above  right complete  ctrl+s take line  esc cancel"),
                id="hint",
            )

    def on_mount(self) -> None:
        """Begin in the tree."""
        self.query_one(DataTree).focus()

    def on_directory_tree_file_selected(self, selected: DirectoryTree.FileSelected) -> None:
        """Take the file."""
        selected.stop()
        self.dismiss(str(selected.path))

    def on_tree_node_highlighted(self, highlighted: DataTree.NodeHighlighted[DirEntry]) -> None:
        """Write the path under the cursor into the line."""
        entry = highlighted.node.data
        if entry is not None and self.query_one(DataTree).has_focus:
            self._write(_folder_text(entry.path) if is_folder(entry.path) else str(entry.path))

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Show a folder; take anything else."""
        submitted.stop()
        folder = Path(os.path.expanduser(self._line))
        if is_folder(folder):
            self._show(folder)
        else:
            self.action_take()

    def action_take(self) -> None:
        """Take what the line says: a folder or a pattern too."""
        if self._line:
            self.dismiss(os.path.expanduser(self._line))

    def action_parent(self) -> None:
        """Show the folder above."""
        self._show(Path(os.path.realpath(self._folder)).parent)

    def _show(self, folder: Path) -> None:
        self._folder = folder
        tree = self.query_one(DataTree)
        tree.path = folder
        tree.focus()
        self._write(_folder_text(folder))

    def _write(self, path: str) -> None:
        self._written = path
        self.query_one(SafeInput).value = path

    @property
    def _line(self) -> str:
        """What the line says: a path that was written into it and is not safe to show is that path still."""
        value = self.query_one(SafeInput).value
        return self._written if value == safe(self._written) else value


def completed(value: str) -> str | None:
    """Complete a path with the first name that fits; None where none does."""
    folder, start = os.path.split(value)
    with suppress(OSError, ValueError), os.scandir(os.path.expanduser(folder) or ".") as entries:
        names = sorted(
            entry.name + os.sep * entry.is_dir()
            for entry in entries
            if entry.name.startswith(start)
            and (start or not entry.name.startswith("."))
            and (entry.is_dir() or entry.name.lower().endswith(READABLE))
        )
        fitting = [name for name in names if safe(name) == name]
        return os.path.join(folder, fitting[0]) if fitting and fitting[0] != start else None
    return None


def _is_readable(path: Path) -> bool:
    return path.name.lower().endswith(READABLE)


def _folder_text(folder: Path) -> str:
    return os.path.join(str(folder), "")
