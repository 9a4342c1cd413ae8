"""Where to compute: names of devices, checked against those that are there.

Importing torch takes longer than most runs, so it is asked only where the cheap signs leave a doubt: the name ``cpu``,
and ``auto`` on a machine with no trace of a GPU, are answered without it.
"""

import os
import platform
import re
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

from linreg.errors import LinregError
from linreg.text import shortened


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """One device of this machine: its name for ``--device``, what it is, its memory in bytes (None: unknown)."""

    name: str
    description: str
    memory: int | None
    chosen: bool
    """Whether ``--device auto`` takes it."""
    reason: str
    """Why it does, or does not."""


def resolve(device: str) -> str:
    """Turn ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps`` into the name of a device that is there.

    ``auto`` takes CUDA if there is one, else MPS, else the CPU; ``cuda`` is torch's current CUDA device.

    Raises
    ------
    LinregError
        No device has such a name, or this machine lacks it.
    """
    name = device.strip().lower()
    if not re.fullmatch(r"auto|cpu|cuda(:(0|[1-9][0-9]{0,3}))?|mps", name):
        raise LinregError(f"--device takes auto, cpu, cuda, cuda:N or mps, not {shortened(repr(device))}.")
    if name == "cpu" or (name == "auto" and not maybe_cuda() and not maybe_mps()):
        return "cpu"
    cuda, mps = _cuda_count(), _has_mps()
    if name == "auto":
        return "cuda" if cuda else "mps" if mps else "cpu"
    present = [f"cuda:{index}" for index in range(cuda)] + ["mps"] * mps + ["cpu"]
    if name in present or (name == "cuda" and cuda):
        return name
    raise LinregError(f"there is no {name} here; {_listed(present)}.")


def resolve_dtype(dtype: str, device: str) -> str:
    """Turn ``auto`` into ``float64``, or ``float32`` on MPS, which has no float64.

    Raises
    ------
    LinregError
        float64 was asked for on MPS.
    """
    on_mps = device.startswith("mps")
    if dtype == "float64" and on_mps:
        raise LinregError("mps has no float64; use --dtype float32 or --device cpu.")
    return dtype if dtype != "auto" else "float32" if on_mps else "float64"


def available() -> list[DeviceInfo]:
    """Describe every device of this machine, the CPU last."""
    import torch

    found: list[tuple[str, str, int | None]] = []
    for index in range(_cuda_count()):
        properties = torch.cuda.get_device_properties(index)
        found.append((f"cuda:{index}", properties.name, properties.total_memory))
    if _has_mps():
        found.append(("mps", "Apple GPU, float32 only", None))
    found.append(("cpu", f"{platform.processor() or platform.machine()}, {torch.get_num_threads()} threads", _memory()))
    chosen = resolve("auto").replace("cuda", "cuda:0")
    return [DeviceInfo(*device, device[0] == chosen, _reason(device[0], chosen)) for device in found]


def maybe_cuda() -> bool:
    """Tell without torch whether there may be a CUDA device; False is certain."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.strip() in ("", "-1", "NoDevFiles"):
        return False
    if sys.platform == "win32":
        return (Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "nvcuda.dll").exists()
    # The last three: WSL, ROCm (which torch calls CUDA) and Jetson.
    signs = ("/dev/nvidiactl", "/dev/nvidia0", "/proc/driver/nvidia/version", "/dev/dxg", "/dev/kfd", "/dev/nvmap")
    return sys.platform == "linux" and any(Path(sign).exists() for sign in signs)


def maybe_mps() -> bool:
    """Tell without torch whether there may be an Apple GPU; False is certain."""
    return sys.platform == "darwin"


def _cuda_count() -> int:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a driver too old for torch is simply no device
        return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _has_mps() -> bool:
    import torch

    return torch.backends.mps.is_available()


def _listed(present: list[str]) -> str:
    return f"the only device is {present[0]}" if len(present) == 1 else f"the devices are {', '.join(present)}"


def _reason(name: str, chosen: str) -> str:
    if name != chosen:
        return "" if name != "cpu" else "auto takes it only where there is no CUDA and no MPS device"
    reasons = {"cpu": "there is no CUDA and no MPS device", "mps": "there is no CUDA device"}
    return f"auto takes it: {reasons.get(name, 'the first CUDA device')}"


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
