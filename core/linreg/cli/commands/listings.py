"""``linreg datasets``, ``optimizers`` and ``devices``: what there is to choose from."""

import sys
from collections.abc import Container, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

import typer

Format = Annotated[Literal["table", "json"], typer.Option("--format", metavar="table|json", help="How to print it.")]


def datasets(format_: Format = "table") -> None:
    """List the bundled data sets and their recipes."""
    from linreg.data import bundled

    infos = bundled.describe()
    rows = [[info.name, f"{info.n_samples:,}", str(info.n_features), info.training, info.title] for info in infos]
    _print(format_, ["name", "rows", "features", "recipe", "about"], rows, infos, numeric=(1, 2))


def optimizers(format_: Format = "table") -> None:
    """List the optimizers of torch.optim with their options, and whether a linear model can use them."""
    from linreg.optim import optimizers

    infos = optimizers.describe()
    rows = [
        [
            info.name,
            "yes" if info.usable else "no",
            " ".join(f"{name}={default}" for name, default in info.options.items()),
            info.note,
        ]
        for info in infos
    ]
    _print(format_, ["optimizer", "usable", "options for --set", "note"], rows, infos)


def devices(format_: Format = "table") -> None:
    """List the devices that torch finds here."""
    from linreg.engines import devices

    infos = devices.available()
    rows = [
        [info.name, info.description, "" if info.memory is None else f"{info.memory / 2**30:,.1f} GiB", info.reason]
        for info in infos
    ]
    _print(format_, ["device", "is", "memory", "chosen"], rows, infos, numeric=(2,))


def _print(
    format_: str, header: list[str], rows: list[list[str]], infos: Sequence[Any], numeric: Container[int] = ()
) -> None:
    if format_ == "table":
        from linreg.cli.printing.tables import print_table

        print_table(sys.stdout, header, rows, numeric)
    else:
        from linreg.files.json_lines import to_json

        sys.stdout.writelines(to_json(asdict(info)) + "\n" for info in infos)
