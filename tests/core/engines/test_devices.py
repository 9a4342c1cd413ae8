"""Devices by name: the ones that are there, and one sentence for the ones that are not."""

import subprocess
import sys

import pytest
import torch

from linreg.engines import devices
from linreg.errors import LinregError


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> "Machine":
    return Machine(monkeypatch)


class Machine:
    """Make torch report these devices, whatever is really here."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def has(self, cuda: int = 0, mps: bool = False) -> None:
        self.monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        self.monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        self.monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        self.monkeypatch.setattr(devices, "maybe_cuda", lambda: cuda > 0)
        self.monkeypatch.setattr(devices, "maybe_mps", lambda: mps)


@pytest.mark.parametrize(
    ("cuda", "mps", "device", "expected"),
    [
        (0, False, "auto", "cpu"),
        (0, True, "auto", "mps"),
        (2, False, "auto", "cuda"),
        (1, True, "auto", "cuda"),
        (2, True, "cpu", "cpu"),
        (2, False, "cuda:1", "cuda:1"),
        (1, False, "CUDA", "cuda"),
        (1, True, " mps ", "mps"),
    ],
)
def test_a_device_that_is_there_is_taken(machine: Machine, cuda: int, mps: bool, device: str, expected: str) -> None:
    machine.has(cuda, mps)
    assert devices.resolve(device) == expected
    torch.device(expected)


@pytest.mark.parametrize(
    ("cuda", "mps", "device", "sentence"),
    [
        (0, False, "cuda", "there is no cuda here; the only device is cpu."),
        (0, False, "mps", "there is no mps here; the only device is cpu."),
        (0, True, "cuda:0", "there is no cuda:0 here; the devices are mps, cpu."),
        (2, False, "cuda:2", "there is no cuda:2 here; the devices are cuda:0, cuda:1, cpu."),
    ],
)
def test_an_absent_device_is_refused_with_those_that_exist(
    machine: Machine, cuda: int, mps: bool, device: str, sentence: str
) -> None:
    machine.has(cuda, mps)
    with pytest.raises(LinregError) as caught:
        devices.resolve(device)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("device", ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:01", "cpu:0", "meta", "\x1b[31mcpu"])
def test_a_malformed_name_is_refused_with_the_names_there_are(device: str) -> None:
    with pytest.raises(LinregError, match="--device takes auto, cpu, cuda, cuda:N or mps, not ") as caught:
        devices.resolve(device)
    assert str(caught.value).isprintable()


def test_without_an_nvidia_driver_auto_does_not_import_torch() -> None:
    program = (
        "import sys; from linreg.engines import devices; devices.maybe_mps = lambda: False;"
        "print(devices.resolve('auto'), devices.resolve('cpu'), 'torch' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": ":".join(sys.path)},
    )
    assert ran.stdout.strip() == "cpu cpu False"


@pytest.mark.parametrize("visible", ["", " ", "-1"])
def test_hidden_cuda_devices_are_surely_not_there(monkeypatch: pytest.MonkeyPatch, visible: str) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert not devices.maybe_cuda()


def test_the_cheap_sign_never_denies_a_device_that_torch_has() -> None:
    assert devices.maybe_cuda() or not torch.cuda.is_available()
    assert devices.maybe_mps() or not torch.backends.mps.is_available()


def test_the_type_is_float64_except_on_mps_which_has_none() -> None:
    assert devices.resolve_dtype("auto", "cpu") == "float64"
    assert devices.resolve_dtype("auto", "cuda:1") == "float64"
    assert devices.resolve_dtype("auto", "mps") == "float32"
    assert devices.resolve_dtype("float32", "cpu") == "float32"
    with pytest.raises(LinregError, match="mps has no float64; use --dtype float32 or --device cpu"):
        devices.resolve_dtype("float64", "mps")


def test_the_list_marks_the_one_that_auto_takes(machine: Machine) -> None:
    machine.has(mps=True)
    listed = devices.available()
    assert [info.name for info in listed] == ["mps", "cpu"]
    assert [info.chosen for info in listed] == [True, False]
    assert listed[0].reason == "auto takes it: there is no CUDA device"
    memory = listed[1].memory
    assert memory is None or memory > 2**27
    assert f"{torch.get_num_threads()} threads" in listed[1].description


def test_the_devices_that_are_really_here_are_listed() -> None:
    listed = devices.available()
    assert listed[-1].name == "cpu"
    assert sum(info.chosen for info in listed) == 1
    for info in listed:
        assert devices.resolve(info.name) == info.name
        assert torch.zeros(1, device=info.name).item() == 0
