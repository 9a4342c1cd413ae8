"""The options that describe a run, by name, so that every command that trains takes the same ones."""

from pathlib import Path
from typing import Annotated

import typer

DATA = "Data"
MODEL = "Model and training"
STOP = "When to stop"
COMPUTE = "Where to compute"
OUTPUT = "Output"

Data = Annotated[
    str,
    typer.Argument(
        metavar="[DATA]",
        help="A bundled data set's name, a .toml recipe, a file (.csv .tsv .parquet .jsonl .ndjson .arrow .feather, "
        "also .csv.gz), or - for CSV on standard input.",
        show_default=True,
    ),
]

Config = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A .toml recipe; the same as giving it as DATA.", rich_help_panel=DATA),
]

Target = Annotated[
    str | None, typer.Option(metavar="NAME", help="Column to predict; by default the last.", rich_help_panel=DATA)
]

Feature = Annotated[
    list[str] | None,
    typer.Option(
        "--feature",
        "-f",
        metavar="NAME",
        help="Column to predict from; repeat. By default all others.",
        rich_help_panel=DATA,
    ),
]

Exclude = Annotated[
    list[str] | None, typer.Option(metavar="NAME", help="Column to leave out; repeat.", rich_help_panel=DATA)
]

DropMissing = Annotated[
    bool | None,
    typer.Option("--drop-missing", help="Drop rows with an empty or NaN cell, and say how many.", rich_help_panel=DATA),
]

Standardize = Annotated[
    bool | None,
    typer.Option(
        "--standardize/--no-standardize",
        help="Train on (x − mean) / std; w and b are shown in the data's own units. On for files.",
        rich_help_panel=DATA,
    ),
]

Bias = Annotated[bool | None, typer.Option("--bias/--no-bias", help="Fit b. On.", rich_help_panel=MODEL)]

LearningRate = Annotated[
    str | None,
    typer.Option(
        "--lr",
        "--learning-rate",
        metavar="X|auto",
        help="auto: from the curvature for full-batch SGD, else the optimizer's own default.",
        rich_help_panel=MODEL,
    ),
]

Optimizer = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Any class of torch.optim (linreg optimizers). SGD.", rich_help_panel=MODEL),
]

Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Any other argument of the optimizer; repeat. Weight decay is 0 unless set here.",
        rich_help_panel=MODEL,
    ),
]

Criterion = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="MSELoss, L1Loss, SmoothL1Loss or HuberLoss. MSELoss.", rich_help_panel=MODEL),
]

Reduction = Annotated[
    str | None, typer.Option(metavar="mean|sum", help="How the criterion adds up rows. mean.", rich_help_panel=MODEL)
]

BatchSize = Annotated[
    int | None, typer.Option(metavar="N", help="Rows a step, reshuffled each epoch. All.", rich_help_panel=MODEL)
]

Init = Annotated[
    str | None, typer.Option(metavar="zeros|linear|normal", help="Initial parameters. zeros.", rich_help_panel=MODEL)
]

Seed = Annotated[int | None, typer.Option(metavar="N", help="Decides everything random. 0.", rich_help_panel=MODEL)]

Module = Annotated[
    str | None,
    typer.Option(
        metavar="FILE.py:CLASS", help="Train your own nn.Module instead. Runs that file.", rich_help_panel=MODEL
    ),
]

Epochs = Annotated[int | None, typer.Option(metavar="N", help="Run epochs 0 to N. 1000.", rich_help_panel=STOP)]

UntilStep = Annotated[
    float | None,
    typer.Option(metavar="TOL", help="Stop when the largest step of a parameter is below TOL.", rich_help_panel=STOP),
]

UntilCost = Annotated[
    float | None,
    typer.Option(metavar="TOL", help="Stop when the cost moves by less than TOL an epoch.", rich_help_panel=STOP),
]

Device = Annotated[
    str | None, typer.Option(metavar="NAME", help="auto, cpu, cuda, cuda:N or mps. auto.", rich_help_panel=COMPUTE)
]

Dtype = Annotated[
    str | None, typer.Option(metavar="float32|float64", help="The parameters' type. float64.", rich_help_panel=COMPUTE)
]

Engine = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="auto, autograd, gram or spectral. auto: the fastest that fits.", rich_help_panel=COMPUTE
    ),
]

Every = Annotated[int | None, typer.Option(metavar="N", help="Print every Nth epoch. 100.", rich_help_panel=OUTPUT)]

Format = Annotated[
    str,
    typer.Option("--format", metavar="text|table|json|csv", help="What standard output holds.", rich_help_panel=OUTPUT),
]

Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", "-q", help="One line with the result, and nothing on stderr but errors.", rich_help_panel=OUTPUT
    ),
]

Save = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the fitted model, as safetensors.", rich_help_panel=OUTPUT)
]
