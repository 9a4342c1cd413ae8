"""A SQLite database that outlives crashes, other processes and other versions of the program.

It keeps a write-ahead log, so that reading never waits for writing; where the file system can't, a rollback journal.
A damaged database is set aside under another name, never deleted, and a fresh one begun. One that a newer version wrote
is left as it is and refused.
"""

import contextlib
import errno
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from linreg.errors import LinregError
from linreg.text import safe, shortened

Steps = Sequence[Sequence[str]]
"""What turns each version of the schema into the next, as statements; from an empty database on."""

BUSY_SECONDS = 5.0
CHECKED_UP_TO = 2**26
"""Bytes up to which all of a database is looked through when it is opened: some 100 ms."""
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})


class DamagedError(LinregError):
    """The database is damaged, and no longer at its place."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection, and the sentence to tell the user; empty where all is well."""

    connection: sqlite3.Connection
    notice: str = ""


def open_database(path: Path, steps: Steps, application: int, what: str) -> Opened:
    """Open or begin a database, and bring its schema up to date.

    Parameters
    ----------
    application
        A number that marks the databases of one kind; any other at this place is set aside as a damaged one is.
    what
        What the database is called in sentences.

    Raises
    ------
    LinregError
        It cannot be read or written, or a newer version wrote it.
    """
    try:
        return Opened(_opened(path, steps, application, what))
    except DamagedError as damage:
        return Opened(_opened(path, steps, application, what), str(damage))


def open_copy(path: Path, steps: Steps, application: int, what: str) -> Opened:
    """Open what a database holds now, where its folder cannot be written to, and SQLite would need that to read.

    Raises
    ------
    LinregError
        There is none, or it cannot be read.
    """
    with TemporaryDirectory(prefix="linreg-") as folder:
        copied = Path(folder) / path.name
        with failures_told(copied, what):
            if not path.exists():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            for end in ("", "-wal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(f"{path}{end}", f"{copied}{end}")
            with contextlib.closing(_opened(copied, steps, application, what)) as connection:
                held = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
                held.text_factory = connection.text_factory
                connection.backup(held)
        return Opened(held)


def _opened(path: Path, steps: Steps, application: int, what: str) -> sqlite3.Connection:
    with failures_told(path, what):
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise LinregError(f"cannot use {what} {safe(str(path))}: it is no file; move it away.")
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")  # a flipped bit is no failure yet
        try:
            _prepare(connection, path, application)
            _migrate(connection, path, steps, application)
        except BaseException:
            connection.close()
            raise
        return connection


def _prepare(connection: sqlite3.Connection, path: Path, application: int) -> None:
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA trusted_schema = OFF")
    if _number(connection, "schema_version") and _number(connection, "application_id") != application:
        raise sqlite3.DatabaseError("another program wrote it")
    _require_tables(connection, path)
    if path.stat().st_size <= CHECKED_UP_TO:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    if not _number(connection, "schema_version"):
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    with contextlib.suppress(sqlite3.OperationalError):  # then it is a rollback journal
        connection.execute("PRAGMA journal_mode = WAL")


def _require_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a database that does more than hold rows: a view can be endless, and a trigger writes what nobody asked.

    Raises
    ------
    LinregError
        There is something in it that linreg has not made.
    """
    where = f"cannot use {safe(str(path))}"
    made = connection.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
    for kind, name, sql in made:
        is_table = kind == "table" and " ".join(str(sql).upper().split()).startswith("CREATE TABLE")
        if not is_table and not (kind == "index" and sql is None):
            shown = shortened(f"{kind} {name}")
            raise LinregError(f"{where}: it has the {shown}, and linreg makes tables only; move the file away.")
        if is_table and any(column[6] for column in connection.execute("SELECT * FROM pragma_table_xinfo(?)", (name,))):
            raise LinregError(f"{where}: a column of {shortened(str(name))} is computed; move the file away.")


def _migrate(connection: sqlite3.Connection, path: Path, steps: Steps, application: int) -> None:
    def version() -> int:
        found = _number(connection, "user_version")
        if found > len(steps):
            raise LinregError(
                f"{safe(str(path))} is of version {found}, and this linreg knows versions up to {len(steps)}: "
                "a newer one wrote it; update linreg, or set LINREG_HOME to another folder."
            )
        return found

    if version() == len(steps):
        return
    with transaction(connection):
        for step in steps[version() :]:  # asked again, as another process may have been faster
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {application}")
        connection.execute(f"PRAGMA user_version = {len(steps)}")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write all that is done meanwhile at once, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Read all that is read meanwhile as it was at one moment; within a transaction that is so already."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN")
    try:
        yield
    finally:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


@contextlib.contextmanager
def failures_told(path: Path, what: str) -> Iterator[None]:
    """Turn whatever SQLite and the disk complain of into a sentence, and set a damaged database aside.

    Raises
    ------
    DamagedError
        It was damaged.
    LinregError
        It cannot be read or written just now: locked, no room, no permission, another version.
    """
    where = f"{what} {safe(str(path))}"
    try:
        yield
    except (sqlite3.Error, UnicodeDecodeError) as problem:
        said = shortened(" ".join(str(problem).split()), 100).rstrip(".")
        if not _is_damage(problem):
            raise LinregError(f"cannot use {where}: {said}.") from None
        try:
            kept = _set_aside(path)
        except OSError as refusal:
            raise LinregError(f"{where} is damaged ({said}), and stays where it is: {refusal.strerror}.") from None
        raise DamagedError(f"{where} was damaged ({said}); it is kept as {kept}, and a new one is begun.") from None
    except OSError as problem:
        raise LinregError(f"cannot use {where}: {problem.strerror}.") from None


def _is_damage(problem: sqlite3.Error | UnicodeDecodeError) -> bool:
    """Tell a damaged database from one that cannot be used just now."""
    if isinstance(problem, UnicodeDecodeError):  # SQLite quotes what it has found, which was text once
        return True
    code = getattr(problem, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _DAMAGE
    return type(problem) is sqlite3.DatabaseError  # raised above


def _set_aside(path: Path) -> str:
    """Rename a database, with its journals, to a name that is free; return that."""
    for number in count(1):
        kept = path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")
        if not any(os.path.lexists(f"{kept}{end}") for end in ("", "-wal", "-shm", "-journal")):
            break
    with contextlib.suppress(FileNotFoundError):  # another process was faster
        os.rename(path, kept)
    for end in ("-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{path}{end}", f"{kept}{end}")
    return kept.name
