"""What the kernel says of a process."""

from pathlib import Path


def state_of(pid: int) -> str:
    """Return the letter of its state: R, S, T, Z, …; nothing where there is no such process."""
    fields = _fields(pid)
    return fields[0] if fields else ""


def parent_of(pid: int) -> int:
    """Return the pid of the process that it is a child of; 0 where there is no such process, or it has ended."""
    fields = _fields(pid)
    return int(fields[1]) if fields and fields[0] != "Z" else 0


def ticks(pid: int) -> int:
    """Return how much of a processor it has used, in clock ticks."""
    fields = _fields(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0


def _fields(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
