"""The user's own nn.Module: the lecture's class pasted into a file, and what can be wrong with such a file."""

from pathlib import Path

import pytest
import torch
from torch import nn

from linreg.errors import LinregError
from linreg.nn.user_module import check_output, load_module, parameter_names

LECTURE = """
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

class MultivariateLinearRegressionModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 1)

    def forward(self, x):
        return self.linear(x)
"""
X = torch.arange(15.0).reshape(5, 3)


def written(folder: Path, source: str, name: str = "model.py") -> Path:
    path = folder / name
    path.write_text(source, encoding="utf-8")
    return path


def module_with(folder: Path, forward: str, before: str = "self.linear = nn.Linear(3, 1)") -> nn.Module:
    source = f"""
import torch
from torch import nn

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        {before}

    def forward(self, x):
        {forward}
"""
    return load_module(f"{written(folder, source)}:Model", 3, 0)


def test_the_lectures_module_starts_as_manual_seed_gives_it(tmp_path: Path) -> None:
    path = written(tmp_path, LECTURE)
    before = torch.get_rng_state()
    module = load_module(f"{path}:MultivariateLinearRegressionModel", 3, 11)
    assert torch.equal(torch.get_rng_state(), before)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        expected = nn.Linear(3, 1)
    assert torch.equal(module(X), expected(X))
    assert not (tmp_path / "__pycache__").exists()


def test_random_numbers_drawn_while_the_file_runs_do_not_change_the_start(tmp_path: Path) -> None:
    plain = load_module(f"{written(tmp_path, LECTURE)}:MultivariateLinearRegressionModel", 3, 4)
    drawing = written(tmp_path, "import torch\ntorch.manual_seed(1)\ntorch.rand(5)\n" + LECTURE, "drawing.py")
    before = torch.get_rng_state()
    module = load_module(f"{drawing}:MultivariateLinearRegressionModel", 3, 4)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(module(X), plain(X))


@pytest.mark.parametrize(
    ("constructor", "given"),
    [
        ("def __init__(self, n_features)", 3),
        ("def __init__(self, size)", 3),
        ("def __init__(self, n_features=9)", 3),
        ("def __init__(self, hidden=9)", 9),
        ("def __init__(self, *sizes, **options)", None),
        ("def __init__(self)", None),
    ],
)
def test_the_constructor_takes_the_number_of_features_or_nothing(
    tmp_path: Path, constructor: str, given: int | None
) -> None:
    source = f"""
from torch import nn

class Model(nn.Module):
    {constructor}:
        super().__init__()
        self.given = locals().get("n_features", locals().get("size", locals().get("hidden")))
        assert not locals().get("sizes")
"""
    assert load_module(f"{written(tmp_path, source)}:Model", 3, 0).given == given


def test_a_file_may_import_its_neighbour_and_use_dataclasses(tmp_path: Path) -> None:
    written(tmp_path, "WIDTH = 3\n", "linreg_test_neighbour.py")
    source = """
from __future__ import annotations
from dataclasses import dataclass
from linreg_test_neighbour import WIDTH
from torch import nn

@dataclass
class Choice:
    width: int = WIDTH

class Model(nn.Linear):
    def __init__(self):
        super().__init__(Choice().width, 1)
"""
    check_output(load_module(f"{written(tmp_path, source)}:Model", 3, 0), X)


def test_a_lazy_module_has_its_parameters_when_it_is_loaded(tmp_path: Path) -> None:
    module = module_with(tmp_path, "return self.linear(x)", "self.linear = nn.LazyLinear(1)")
    assert parameter_names(module) == ["linear.weight[0]", "linear.weight[1]", "linear.weight[2]", "linear.bias"]


def test_what_the_file_prints_goes_to_standard_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = "print('while running')\n" + LECTURE.replace("super().__init__()", "super().__init__(); print('made')")
    module = load_module(f"{written(tmp_path, source)}:MultivariateLinearRegressionModel", 3, 0)
    check_output(module, X)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "while running\nmade\n"


def test_every_trained_number_has_a_name_in_the_order_of_the_parameters() -> None:
    module = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1), nn.Linear(1, 1))
    module[2].weight.requires_grad_(False)
    assert parameter_names(module) == [
        *(f"0.weight[{row},{column}]" for row in range(2) for column in range(3)),
        "0.bias[0]",
        "0.bias[1]",
        "1.weight[0]",
        "1.weight[1]",
        "1.bias",
        "2.bias",
    ]


@pytest.mark.parametrize("spec", ["model.py", "model.py:", ":Model", "model.py:not a name", "C:\\model.py", ""])
def test_a_spec_without_file_and_class_says_what_one_looks_like(spec: str) -> None:
    with pytest.raises(LinregError, match=r"--module takes FILE\.py:CLASS, not "):
        load_module(spec, 3, 0)


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "has no class 'Model'; it has no nn.Module class."),
        ("from torch.nn import Linear", "has no class 'Model'; it has no nn.Module class."),
        (
            "from torch import nn\nclass Modal(nn.Module): pass\nclass Other(nn.Module): pass",
            "has no class 'Model' (did you mean 'Modal'?); its nn.Module classes are Modal, Other.",
        ),
        ("class Model: pass", "is not a class of nn.Module; it has no nn.Module class."),
        ("Model = 3", "Model in {path} is not a class of nn.Module"),
        ("x = 1\ny = x +\n", "{path} cannot be run: line 2: SyntaxError: invalid syntax."),
        ("x = 1\n\nraise KeyError('lost')\n", "{path} cannot be run: line 3: KeyError: 'lost'."),
        ("def f():\n    return 1 / 0\nf()\n", "{path} cannot be run: line 2: ZeroDivisionError: division by zero."),
        ("import sys\nsys.exit(3)\n", "{path} cannot be run: line 2: SystemExit: 3."),
        ("import no_such_module_anywhere", "line 1: ModuleNotFoundError: No module named 'no_such_module_anywhere'."),
        ("raise ValueError('two\\nlines \\x1b[31mred')", "ValueError: two lines \N{REPLACEMENT CHARACTER}[31mred."),
        (
            "from torch import nn\nclass Model(nn.Module):\n    def __init__(self, n, m): pass",
            "{path}:Model: its constructor wants n, m; it may take the number of features, or nothing.",
        ),
        (
            "from torch import nn\nclass Model(nn.Module):\n    def __init__(self, *, n_features): pass",
            "its constructor wants n_features;",
        ),
        (
            "from torch import nn\nclass Model(nn.Module):\n    def __init__(self):\n        self.l = nn.Linear(3, 1)",
            "{path}:Model cannot be made: line 4: AttributeError: cannot assign module before Module.__init__() call.",
        ),
    ],
)
def test_a_file_that_will_not_do_is_one_sentence(tmp_path: Path, source: str, sentence: str) -> None:
    path = written(tmp_path, source)
    with pytest.raises(LinregError) as caught:
        load_module(f"{path}:Model", 3, 0)
    assert sentence.format(path=path) in str(caught.value)
    assert str(path) in str(caught.value)
    assert str(caught.value).isprintable()


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match=r"cannot read the module's file .*absent\.py: No such file or directory\."):
        load_module(f"{tmp_path / 'absent.py'}:Model", 3, 0)
    with pytest.raises(LinregError, match=r"Is a directory\."):
        load_module(f"{tmp_path}:Model", 3, 0)
    with pytest.raises(LinregError, match=r"cannot be run: (SyntaxError|ValueError): source code .*null bytes\."):
        load_module(f"{written(tmp_path, 'x = 1' + chr(0))}:Model", 3, 0)
    with pytest.raises(LinregError, match="NUL"):
        load_module("a\0b.py:Model", 3, 0)


@pytest.mark.parametrize(
    "forward", ["return self.linear(x)", "return self.linear(x).squeeze()", "return self.linear(x)[:, 0]"]
)
@pytest.mark.parametrize("n_samples", [1, 2, 5])
def test_a_number_a_row_is_accepted_with_or_without_a_second_axis(tmp_path: Path, forward: str, n_samples: int) -> None:
    check_output(module_with(tmp_path, forward), X[:n_samples])


@pytest.mark.parametrize(
    ("forward", "sentence"),
    [
        (
            "return None",
            "m: forward(x) returned nothing for x of shape (3, 3) and type float32; it must be a tensor of",
        ),
        ("return [1.0, 2.0, 3.0]", "returned a list for"),
        ("return self.linear(x), x", "returned a tuple for"),
        ("return self.linear(x).T", "returned shape (1, 3) for x of shape (3, 3)"),
        ("return self.linear(x).mean()", "returned shape () for"),
        ("return torch.cat([x, x], 1)", "returned shape (3, 6) for"),
        ("return self.linear(x).mean(0)", "it must be a tensor of shape (3, 1) or (3,)."),
        ("return self.linear(x).long()", "returned torch.int64 numbers; they must be floating-point."),
        ("return x[:, :1]", "does not depend on any parameter to train."),
        ("return self.linear(x).detach()", "does not depend on any parameter to train."),
        (
            "return self.lineal(x)",
            "m: forward(x) failed on x of shape (3, 3) and type float32: line 11: AttributeError: ",
        ),
        (
            "return self.linear(x[:, :2])",
            "mat1 and mat2 shapes cannot be multiplied (3x2 and 3x1).",
        ),
        ("return self.linear(x.double())", "line 11: RuntimeError: "),
    ],
)
def test_a_forward_that_will_not_do_is_one_sentence(tmp_path: Path, forward: str, sentence: str) -> None:
    with pytest.raises(LinregError) as caught:
        check_output(module_with(tmp_path, forward), X, "m")
    assert sentence in str(caught.value)


def test_a_mean_over_rows_is_found_out_on_a_single_row(tmp_path: Path) -> None:
    with pytest.raises(LinregError, match=r"returned shape \(1,\)"):
        check_output(module_with(tmp_path, "return self.linear(x).mean(0)"), X[:1])


def test_a_module_without_parameters_to_train_is_refused(tmp_path: Path) -> None:
    frozen = nn.Linear(3, 1).requires_grad_(False)
    for module in (nn.Identity(), frozen):
        with pytest.raises(LinregError, match="has no parameters to train"):
            check_output(module, X)


def test_checking_leaves_buffers_and_random_numbers_as_they_were() -> None:
    module = nn.Sequential(nn.BatchNorm1d(3), nn.Dropout(0.5), nn.Linear(3, 1))
    state = {name: value.clone() for name, value in module.state_dict().items()}
    before = torch.get_rng_state()
    check_output(module, X)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(value, state[name]) for name, value in module.state_dict().items())
