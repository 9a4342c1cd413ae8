"""Train the user's own nn.Module: load its class from a file, name its parameters, check what it computes.

The file is the user's program and runs as it is, with everything it prints sent to standard error. Whatever goes wrong
in it becomes one sentence that names the file and, where it is known, the line.
"""

import inspect
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from traceback import extract_tb
from types import ModuleType

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from linreg.arrays import Matrix, Vector
from linreg.errors import LinregError, nearest
from linreg.files.paths import in_words, reason_of
from linreg.nn.initial import seeded
from linreg.text import safe, shortened, shown

_PREFIX = "linreg_module_"


def load_module(spec: str, n_features: int, seed: int) -> nn.Module:
    """Make the module that `spec`, ``FILE.py:CLASS``, names.

    It starts from what ``torch.manual_seed(seed)`` right before its constructor would give, and torch's global random
    state is left as it was. The constructor takes `n_features`, or nothing. A lazy module sees rows of `n_features`
    zeros once, so that its parameters exist.

    Raises
    ------
    LinregError
        There is no such file or class, it is no nn.Module, or its code fails.
    """
    file, colon, name = spec.rpartition(":")
    if not colon or not file or not name.isidentifier():
        raise LinregError(f"--module takes FILE.py:CLASS, not {shortened(repr(spec), 200)}.")
    path, label = Path(file), safe(spec)
    with seeded(seed), _in_the_folder(path.parent), redirect_stdout(sys.stderr):
        found = _class_of(_run_file(path), name, path)
        arguments = _constructor_arguments(found, n_features, label)
        torch.default_generator.manual_seed(seed)  # as running the file may have drawn numbers
        try:
            module: nn.Module = found(*arguments)
            if any(is_lazy(parameter) for parameter in module.parameters()):
                module(torch.zeros(2, n_features))
        except (Exception, SystemExit) as problem:
            raise LinregError(f"{label} cannot be made: {_said(problem, path)}.") from None
    return module


def parameter_names(module: nn.Module) -> list[str]:
    """Name every trained number, in the order of ``module.parameters()``: ``linear.weight[0]``, ``linear.bias``.

    Axes of length 1 are not counted.
    """
    names = []
    for name, parameter in module.named_parameters():
        axes = [range(length) for length in parameter.shape if length != 1]
        if parameter.requires_grad:
            names += [f"{name}[{','.join(map(str, place))}]" if place else name for place in product(*axes)]
    return names


def check_output(module: nn.Module, X: Tensor, label: str = "the module") -> tuple[int, ...]:
    """Check that the module can be trained on rows such as `X`, ``(n_samples, n_features)``.

    It must turn n rows into floating-point numbers, ``(n, 1)`` or ``(n,)``, that depend on a trainable parameter. Its
    buffers and torch's global random state are left as they were.

    Returns
    -------
    tuple
        The shape of its answer to one row: ``(1,)`` or ``()``.

    Raises
    ------
    LinregError
        It has nothing to train, its forward fails, or returns something else; `label` names it in the sentence.
    """
    label = safe(label)
    if not any(parameter.requires_grad for parameter in module.parameters()):
        raise LinregError(f"{label} has no parameters to train; give it an nn.Parameter or a layer such as nn.Linear.")
    rows = X[:3] if len(X) > 1 else X.expand(2, -1)  # one row could not tell (1,) from a mean over rows
    given = f"x of shape {tuple(rows.shape)} and type {str(rows.dtype).removeprefix('torch.')}"
    try:
        output = _forward(module, rows)
    except (Exception, SystemExit) as problem:
        raise LinregError(f"{label}: forward(x) failed on {given}: {_said(problem, _file_of(module))}.") from None
    wanted = f"it must be a tensor of shape {(len(rows), 1)} or {(len(rows),)}"
    if not isinstance(output, Tensor):
        raise LinregError(f"{label}: forward(x) returned {_a_type(output)} for {given}; {wanted}.")
    if output.shape not in ((len(rows), 1), (len(rows),)):
        raise LinregError(f"{label}: forward(x) returned shape {tuple(output.shape)} for {given}; {wanted}.")
    if not output.is_floating_point():
        raise LinregError(f"{label}: forward(x) returned {output.dtype} numbers; they must be floating-point.")
    if not output.requires_grad:
        raise LinregError(f"{label}: what forward(x) returns does not depend on any parameter to train.")
    return tuple(output.shape[1:])


def keep_shape(module: nn.Module, shape: tuple[int, ...], label: str) -> None:
    """Have every forward of the module checked: another shape than the first time would be broadcast in silence."""

    def check(_: nn.Module, given: tuple[Tensor], output: Tensor) -> None:
        wanted = (len(given[0]), *shape)
        if not isinstance(output, Tensor) or output.shape != wanted:
            found = f"shape {tuple(output.shape)}" if isinstance(output, Tensor) else _a_type(output)
            raise LinregError(f"{safe(label)}: forward(x) first returned shape {wanted}, and now {found}.")

    module.register_forward_hook(check)


@dataclass(frozen=True, slots=True)
class UserModule:
    """The words for a module of the user's own, in results and in messages.

    Attributes
    ----------
    module
        As `load_module` made it.
    label
        Its file without the folders, and its class.
    """

    module: nn.Module
    label: str

    @classmethod
    def of(cls, module: nn.Module, spec: str) -> "UserModule":
        """Name the module that `spec`, ``FILE.py:CLASS``, names."""
        return cls(module, safe(Path(spec).name))

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """What every trained number is called."""
        return tuple(parameter_names(self.module))

    def answers(self, X: Matrix) -> Vector:
        """Return what it answers to rows ``(n, n_features)`` as it stands, ``(n,)``: in use, not in training.

        So nothing is dropped out; and nothing of it stays.
        """
        modes = [(each, each.training) for each in self.module.modules()]
        own = next(self.module.parameters())
        devices = [own.device] if own.is_cuda else []
        try:
            self.module.eval()
            with undisturbed(self.module, devices), torch.no_grad(), redirect_stdout(sys.stderr):
                output = self.module(torch.from_numpy(X).to(own.device, own.dtype))
        finally:
            for each, was_training in modes:
                each.training = was_training
        answers: Vector = output.detach().cpu().double().numpy().reshape(-1)
        return answers

    def failed_in_training(self, problem: BaseException) -> LinregError:
        """Say what went wrong in it while it was trained."""
        return LinregError(f"{self.label}: it failed while it was trained: {_said(problem, _file_of(self.module))}.")


def _forward(module: nn.Module, rows: Tensor) -> object:
    with undisturbed(module), torch.enable_grad(), redirect_stdout(sys.stderr):
        return module(rows)


@contextmanager
def undisturbed(module: nn.Module, devices: Sequence[torch.device] = ()) -> Iterator[None]:
    """Let nothing stay of what a module computes meanwhile: neither what it counts or averages, nor what it draws."""
    buffers = [(buffer, buffer.clone()) for buffer in module.buffers()]
    with torch.random.fork_rng(devices=list(devices)):
        try:
            yield
        finally:
            with torch.no_grad():
                for buffer, before in buffers:
                    buffer.copy_(before)


def _run_file(path: Path) -> ModuleType:
    """Run the file as a module of its own; unlike an import this leaves no ``__pycache__`` beside it."""
    where = shown(path)
    try:
        source = path.read_bytes()
    except (OSError, ValueError) as problem:
        raise LinregError(f"cannot read the module's file {where}: {reason_of(problem)}.") from None
    module = ModuleType(_PREFIX + path.stem)
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses and pickle look their module up there
    try:
        exec(compile(source, path, "exec"), module.__dict__)
    except (Exception, SystemExit) as problem:
        sys.modules.pop(module.__name__, None)
        raise LinregError(f"{where} cannot be run: {_said(problem, path)}.") from None
    return module


@contextmanager
def _in_the_folder(folder: Path) -> Iterator[None]:
    """Let the file import what lies beside it, as it can when it is run as a script."""
    with in_words("look into", folder):
        entry = os.path.realpath(folder)
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        if entry in sys.path:
            sys.path.remove(entry)


def _class_of(module: ModuleType, name: str, path: Path) -> type[nn.Module]:
    where = shown(path)
    own = [
        key
        for key, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, nn.Module) and value.__module__ == module.__name__
    ]
    there = f"its nn.Module classes are {shortened(', '.join(own), 200)}" if own else "it has no nn.Module class"
    found = vars(module).get(name)
    if found is None:
        raise LinregError(f"{where} has no class {shortened(name)!r}{nearest(name, own)}; {there}.")
    if not isinstance(found, type) or not issubclass(found, nn.Module):
        raise LinregError(f"{shortened(name)} in {where} is not a class of nn.Module; {there}.")
    return found


def _constructor_arguments(found: type[nn.Module], n_features: int, label: str) -> tuple[int, ...]:
    """Return what to call the constructor with: the number of features where it takes it, else nothing."""
    parameters = list(inspect.signature(found).parameters.values())
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    required = [each for each in parameters if each.default is each.empty and each.kind not in variadic]
    if len(required) > 1 or any(each.kind is each.KEYWORD_ONLY for each in required):
        wants = shortened(", ".join(each.name for each in required), 200)
        raise LinregError(f"{label}: its constructor wants {wants}; it may take the number of features, or nothing.")
    first_is_n_features = bool(parameters) and parameters[0].name == "n_features"
    return (n_features,) if required or first_is_n_features else ()


def _a_type(value: object) -> str:
    return "nothing" if value is None else f"a {shortened(type(value).__name__)}"


def _file_of(module: nn.Module) -> Path | None:
    """Return the file that `load_module` took the class from, if it did."""
    name = type(module).__module__
    return Path(str(sys.modules[name].__file__)) if name.startswith(_PREFIX) and name in sys.modules else None


def _said(problem: BaseException, path: Path | None) -> str:
    """Put an exception of the user's code in one line, with the last line of `path` that it passed through."""
    kind, text = type(problem).__name__, " ".join(str(problem).split()).rstrip(".")
    lines = [frame.lineno for frame in extract_tb(problem.__traceback__) if path and frame.filename == str(path)]
    if isinstance(problem, SyntaxError) and path and problem.filename == str(path):
        lines, text = [problem.lineno], problem.msg
    line = f"line {lines[-1]}: " if lines and lines[-1] else ""
    return f"{line}{shortened(kind)}" + (f": {shortened(text, 200)}" if text else "")
