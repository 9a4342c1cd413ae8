"""What a run's files were like, so that a run that is resumed can tell whether they still are.

Of a file of up to 16 MiB all bytes are hashed, while those of all files together are no more than four times that. Of
any other it is the first and the last MiB, so that a hundred gigabytes cost milliseconds; there its size and the time
of its last change decide too. A change in the middle of such a file that keeps its size and sets its time back is not
noticed.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Any

from linreg.files.paths import in_words
from linreg.recipe import Recipe
from linreg.text import safe, shown

WHOLE_UP_TO, END = 2**24, 2**20


@dataclass(frozen=True, slots=True)
class FileState:
    """One file: where it was, its size in bytes, when it was changed (ns), and a hash of it or of its two ends."""

    path: str
    size: int
    changed: int
    digest: str
    is_whole: bool = True
    """Whether every byte was hashed."""

    @classmethod
    def of(cls, path: str, whole_up_to: int) -> "FileState":
        """Look at a file as it is now; of one with more bytes than `whole_up_to`, at its two ends."""
        digest = blake2b(digest_size=20)
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            is_whole = status.st_size <= max(whole_up_to, 2 * END)
            if is_whole:
                digest.update(file.read())
            else:
                digest.update(file.read(END))
                file.seek(-END, os.SEEK_END)
                digest.update(file.read())
        return cls(os.path.abspath(path), status.st_size, status.st_mtime_ns, digest.hexdigest(), is_whole)

    def difference(self, now: "FileState") -> str | None:
        """Say how the file has changed; None where it has not."""
        name = safe(os.path.basename(self.path))
        if now.size != self.size:
            return f"{name} had {self.size:,} bytes then and has {now.size:,} now"
        if now.digest != self.digest:
            return f"{name} has other content than then, at the same size"
        if not self.is_whole and now.changed != self.changed:
            return f"{name} was written to since then"
        return None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """All files that decide a run, in the order in which they are read; last the module's, where there is one."""

    parts: tuple[FileState, ...]

    @property
    def size(self) -> int:
        """Bytes of all of them."""
        return sum(part.size for part in self.parts)

    def difference(self, now: "Fingerprint") -> str | None:
        """Say how the files now differ from these, in a phrase that names one of them; None where they don't."""
        mine, theirs = ({part.path: part for part in each.parts} for each in (self, now))
        for path in mine:
            if path not in theirs:
                return f"{shown(path)} is gone"
        for path in theirs:
            if path not in mine:
                return f"{shown(path)} is new"
        found = [change for path in mine if (change := mine[path].difference(theirs[path]))]
        return f"{found[0]}, and {len(found) - 1:,} more have changed" if len(found) > 1 else next(iter(found), None)

    def of_file(self, path: str) -> FileState | None:
        """Return what one of the files was like; None where it is none of them."""
        return next((part for part in self.parts if part.path == os.path.abspath(path)), None)

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {"parts": [asdict(part) for part in self.parts]}

    @classmethod
    def of_dict(cls, values: Mapping[str, Any]) -> "Fingerprint":
        """Return what `as_dict` returned it as."""
        return cls(tuple(FileState(**part) for part in values["parts"]))


def fingerprint_of(data: str, module: str | None = None, held_out: str | None = None) -> Fingerprint | None:
    """Look at the files that DATA names, at those of rows held out, and at that of a module, ``FILE.py:CLASS``.

    None for standard input, a pipe, and arrays, which nobody can look at again.

    Raises
    ------
    LinregError
        One of the files cannot be read.
    """
    from linreg.data.formats.opening import files_of

    if not (paths := files_of(data)):
        return None
    paths += files_of(held_out) if held_out is not None else []
    if module is not None:
        paths.append(module.rpartition(":")[0])
    parts, left = [], 4 * WHOLE_UP_TO
    for path in paths:
        with in_words("read", path):
            parts.append(FileState.of(path, min(WHOLE_UP_TO, left)))
        left -= parts[-1].size if parts[-1].is_whole else 0
    return Fingerprint(tuple(parts))


def rooted(recipe: Recipe) -> Recipe:
    """Name the recipe's files by their full paths, so that a run can be taken up again from any folder."""
    module = recipe.module and os.path.abspath(recipe.module)
    data = None if recipe.data in ("-", "arrays") else os.path.abspath(recipe.data)
    held_out = recipe.held_out_file and os.path.abspath(recipe.held_out_file)
    return recipe.changed(data=data, module=module, hold_out=held_out)
