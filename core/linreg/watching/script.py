"""A script or a module, run as python itself would run it.

What it prints, what it raises and how it ends are the same to the byte, tracebacks included: what stands between it and
the interpreter here is taken out of them.
"""

import builtins
import importlib.machinery
import os
import runpy
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Literal, Self

from linreg.errors import LinregError
from linreg.text import safe

OnNan = Literal["stop", "pause", "go"]
"""What is done about the first number that is not finite: KeyboardInterrupt, standing there, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is run.

    Attributes
    ----------
    path
        A file, as it was typed, or a module's name.
    arguments
        What follows in ``sys.argv``.
    is_module
        Whether it is a module, as after ``python -m``.
    folder
        Where it is run.
    """

    path: str
    arguments: tuple[str, ...] = ()
    is_module: bool = False
    folder: str = ""

    @classmethod
    def of_words(cls, module: str | None, words: Sequence[str]) -> Self:
        """Make one of a command line's words: a module and its arguments, or a file and its own.

        Raises
        ------
        LinregError
            There is neither, or the file cannot be read.
        """
        if module is None and not words:
            raise LinregError("watch takes a script to run, or -m and a module; for example: linreg watch train.py.")
        path, arguments = (words[0], words[1:]) if module is None else (module, words)
        script = cls(path=path, arguments=tuple(arguments), is_module=module is not None, folder=os.getcwd())
        script.check()
        return script

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it is made of again."""
        return (*(("-m",) if self.is_module else ()), self.path, *self.arguments)

    @property
    def name(self) -> str:
        """What a run of it is called: the file's name without its ending, or the last part of the module's."""
        return self.path.rpartition(".")[2] if self.is_module else Path(self.path).stem

    @property
    def folder_of_imports(self) -> Path:
        """The folder that its imports are looked for in first."""
        return Path(self.folder) if self.is_module else Path(self.folder, self.path).resolve().parent

    def check(self) -> None:
        """See whether it can be read; a module is looked for when it is run.

        Raises
        ------
        LinregError
            It cannot.
        """
        if self.is_module:
            return
        path, shown = Path(self.folder, self.path), safe(self.path)
        if path.is_dir():
            raise LinregError(f"{shown} is a folder; give the script in it, or -m and the name of a package.")
        try:
            path.open("rb").close()
        except (OSError, ValueError) as problem:
            raise LinregError(f"cannot run {shown}: {getattr(problem, 'strerror', None) or problem}.") from None

    def run(self) -> None:
        """Run it to the end of its main module; what it raises is raised, and is told as python tells it.

        The module stays `__main__` afterwards: threads, exit handlers and pickles of it go on using it.
        """
        main = ModuleType("__main__")
        vars(main).update(__builtins__=builtins, __annotations__={})
        sys.modules["__main__"] = main
        sys.excepthook = sys.__excepthook__  # whoever read our command line may have set another
        if sys.path and not getattr(sys.flags, "safe_path", False):
            sys.path[0] = str(self.folder_of_imports)
        sys.argv[:] = [self.path, *self.arguments]
        try:
            if self.is_module:
                _execute(lambda: runpy._run_module_as_main(self.path))  # type: ignore[attr-defined]
            else:
                code = _prepare(main, Path(self.folder, self.path).absolute())
                _execute(lambda: exec(code, vars(main)))
        except SystemExit:
            raise
        except BaseException as problem:
            _tell_as_python_does(problem)
            raise


def _prepare(main: ModuleType, path: Path) -> CodeType:
    """Give the main module what python gives it, and compile the file."""
    loader = importlib.machinery.SourceFileLoader("__main__", str(path))
    vars(main).update(__file__=str(path), __cached__=None, __doc__=None, __loader__=loader, __package__=None)
    return compile(path.read_bytes(), str(path), "exec", dont_inherit=True)


def _execute(act: Callable[[], object]) -> None:
    """Be the frame below which everything is the script's."""
    act()


def _tell_as_python_does(problem: BaseException) -> None:
    """Leave the frames of ours out of what the interpreter will say of an exception that nobody has caught."""
    say = sys.excepthook

    def told(kind: type[BaseException], value: BaseException, traceback: TracebackType | None) -> None:
        if value is problem:
            traceback = _own_part(traceback)
            value = value.with_traceback(traceback)
        say(kind, value, traceback)

    sys.excepthook = told


def _own_part(traceback: TracebackType | None) -> TracebackType | None:
    """Return what of a traceback lies below `_execute`; nothing, where the script could not even be compiled."""
    while traceback is not None and traceback.tb_frame.f_code is not _execute.__code__:
        traceback = traceback.tb_next
    below = traceback and traceback.tb_next
    return below and below.tb_next  # the lambda, too
