"""Devices by name: the ones that are there, and one sentence for the ones that are not."""

import os
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

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


NVIDIA = "/dev/nvidia0"


@pytest.mark.parametrize(
    ("platform", "visible", "files", "cuda", "mps"),
    [
        ("linux", None, [], False, False),
        ("linux", None, ["/dev/nvidiactl"], True, False),
        ("linux", None, [NVIDIA], True, False),
        ("linux", "0", [NVIDIA], True, False),
        ("linux", "0", [], False, False),
        ("linux", "-1", [NVIDIA], False, False),
        ("linux", " NoDevFiles ", [NVIDIA], False, False),
        ("linux", None, ["/dev/kfd"], True, False),
        ("linux", None, ["/dev/dxg"], True, False),
        ("linux", None, ["/dev/nvmap"], True, False),
        ("linux", None, ["/proc/driver/nvidia/version"], True, False),
        ("darwin", None, [NVIDIA], False, True),
        ("win32", None, [], False, False),
        ("win32", None, [r"C:\Windows/System32/nvcuda.dll"], True, False),
        ("win32", "-1", [r"C:\Windows/System32/nvcuda.dll"], False, False),
        ("freebsd", None, [NVIDIA], False, False),
        ("aix", None, [], False, False),
    ],
)
def test_the_cheap_signs_of_a_gpu(
    platform: str, visible: str | None, files: list[str], cuda: bool, mps: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.delenv("SYSTEMROOT", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setattr(Path, "exists", lambda path: str(path) in files)
    monkeypatch.setattr(sys, "platform", platform)
    found = devices.maybe_cuda(), devices.maybe_mps()
    monkeypatch.undo()
    assert found == (cuda, mps)


_LAST = "auto takes it only where there is no CUDA and no MPS device"


@pytest.mark.parametrize(
    ("cuda", "mps", "listed"),
    [
        (0, False, [("cpu", True, "auto takes it: there is no CUDA and no MPS device")]),
        (0, True, [("mps", True, "auto takes it: there is no CUDA device"), ("cpu", False, _LAST)]),
        (
            2,
            True,
            [
                ("cuda:0", True, "auto takes it: the first CUDA device"),
                ("cuda:1", False, ""),
                ("mps", False, ""),
                ("cpu", False, _LAST),
            ],
        ),
    ],
)
def test_every_device_is_listed_with_whether_auto_takes_it_and_why(
    machine: Machine, cuda: int, mps: bool, listed: list[tuple[str, bool, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.has(cuda, mps)
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda index: SimpleNamespace(name=f"GPU {index}", total_memory=index + 7)
    )
    found = devices.available()
    assert [(info.name, info.chosen, info.reason) for info in found] == listed
    assert [(info.description, info.memory) for info in found[:cuda]] == [
        (f"GPU {index}", index + 7) for index in range(cuda)
    ]
    if mps:
        assert (found[cuda].description, found[cuda].memory) == ("Apple GPU, float32 only", None)


@pytest.mark.parametrize(("processor", "shown"), [("Fast 9", "Fast 9"), ("", "x86_64")])
def test_the_cpu_is_described_by_its_name_or_its_kind(
    processor: str, shown: str, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.has()
    monkeypatch.setattr("platform.processor", lambda: processor)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert devices.available()[-1].description == f"{shown}, {torch.get_num_threads()} threads"


def test_the_memory_of_the_machine_is_its_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1000}.__getitem__, raising=False)
    assert devices._memory() == 4_096_000
    for problem in (ValueError, OSError, AttributeError):

        def fail(name: str, problem: type[Exception] = problem) -> int:
            raise problem(name)

        monkeypatch.setattr(os, "sysconf", fail, raising=False)
        assert devices._memory() is None


def test_a_driver_that_warns_is_no_device(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_available() -> bool:
        warnings.warn("the driver is too old", stacklevel=1)
        return False

    machine.has(cuda=1)
    monkeypatch.setattr(torch.cuda, "is_available", is_available)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert devices.resolve("auto") == "cpu"


@pytest.mark.parametrize(("device", "is_known"), [("cuda:9999", True), ("cuda:10000", False), ("cuda:0", True)])
def test_a_device_has_a_number_of_up_to_four_digits(machine: Machine, device: str, is_known: bool) -> None:
    machine.has()
    with pytest.raises(LinregError, match=f"there is no {device} here" if is_known else "--device takes auto, cpu"):
        devices.resolve(device)
