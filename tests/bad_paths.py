"""Paths that cannot be looked at, each for a reason of its own."""

import os
from pathlib import Path


def bad_paths(folder: Path, ending: str) -> list[str]:
    """Return some whose names end like this, in a folder that exists."""
    (folder / "file").touch()
    loop = folder / f"loop{ending}"
    if not loop.is_symlink():
        loop.symlink_to(loop)
    closed = folder / "closed"
    closed.mkdir(mode=0, exist_ok=True)
    bad = [
        f"{folder}/{'x' * 300}{ending}",
        f"{folder}/{'x/' * 3000}rows{ending}",
        f"{folder}/{'y' * 300}/rows{ending}",
        str(loop),
        f"{loop}/rows{ending}",
        f"{folder}/file/rows{ending}",
        f"{folder}/nul\0{ending}",
        f"{folder}/nul\0/rows{ending}",
        f"~nobody-here/rows{ending}",
    ]
    return bad if os.geteuid() == 0 else [*bad, f"{closed}/rows{ending}"]
