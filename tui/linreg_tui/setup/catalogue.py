"""What there is to choose from that only torch knows: optimizers with their options, and devices.

Torch takes seconds to import, and trying every optimizer as long again. So both are for a thread of their own, the
quick part first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from linreg.engines.devices import DeviceInfo
from linreg.nn import torch_libraries


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Each optimizer's options with the value that they have unless set, as typed; and the devices of this machine."""

    optimizers: Mapping[str, Mapping[str, str]]
    devices: tuple[DeviceInfo, ...]

    def optimizer(self, name: str) -> str:
        """Spell an optimizer's name as torch does; one that is not there stays as it is."""
        return next((each for each in self.optimizers if each.lower() == name.strip().lower()), name)


@dataclass(frozen=True, slots=True)
class Remark:
    """What is special about an optimizer, or why a linear model cannot use it."""

    usable: bool
    text: str


@cache
def catalogue() -> Catalogue:
    """Import torch, and see what there is."""
    torch_libraries.load()
    from linreg.engines import devices
    from linreg.optim import optimizers
    from linreg.optim.options import option_defaults, shown

    found = {
        name: {option: shown(value) for option, value in option_defaults(optimizers.find(name)).items()}
        for name in optimizers.names()
    }
    return Catalogue(found, tuple(devices.available()))


@cache
def remarks() -> Mapping[str, Remark]:
    """Try every optimizer on a small linear model."""
    from linreg.optim import optimizers

    return {info.name: Remark(info.usable, info.note) for info in optimizers.describe()}
