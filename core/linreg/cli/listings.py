"""``linreg datasets``, ``optimizers`` and ``devices``: what there is to choose from."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from linreg.errors import LinregError
from linreg.safe import shortened

Format = Annotated[str, typer.Option("--format", metavar="table|json", help="How to print it.")]


def datasets(format_: Format = "table") -> None:
    """List the bundled data sets and their recipes."""
    from linreg import bundled

    infos = bundled.describe()
    _print(
        format_,
        ["name", "rows", "features", "title"],
        [[info.name, f"{info.n_samples:,}", str(info.n_features), info.title] for info in infos],
        [asdict(info) for info in infos],
    )


def optimizers(format_: Format = "table") -> None:
    """List the optimizers of torch.optim with their options, and whether a linear model can use them."""
    from linreg import optimizers

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
    _print(format_, ["optimizer", "usable", "options for --set", "note"], rows, [asdict(info) for info in infos])


def devices(format_: Format = "table") -> None:
    """List the devices that torch finds here."""
    from linreg import devices

    infos = devices.available()
    header = list(asdict(infos[0]))
    _print(
        format_, header, [[str(value) for value in asdict(info).values()] for info in infos], list(map(asdict, infos))
    )


def _print(format_: str, header: list[str], rows: list[list[str]], records: list[dict[str, object]]) -> None:
    if format_ == "table":
        from linreg.console import print_table

        print_table(sys.stdout, header, rows, numeric=())
    elif format_ == "json":
        from linreg.printers import to_json

        sys.stdout.writelines(to_json(record) + "\n" for record in records)
    else:
        raise LinregError(f"--format takes one of table, json, not {shortened(repr(format_))}.")
