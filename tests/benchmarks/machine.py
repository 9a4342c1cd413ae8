"""The machine and the versions that the figures were measured with."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

_LIBRARIES = ("torch", "numpy", "polars", "scikit-learn")


def machine() -> str:
    """Describe the processor, Python and the libraries, without importing them."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"{_processor()}, {_cores()} cores; Python {platform.python_version()}, {libraries}"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
