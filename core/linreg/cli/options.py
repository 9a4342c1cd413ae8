"""The options that describe a run, by name, so that every command that trains takes the same ones."""

from pathlib import Path
from typing import Annotated, Literal

import typer

DATA = "Data"
MODEL = "Model and training"
STOP = "When to stop"
COMPUTE = "Where to compute"
OUTPUT = "Output"

Data = Annotated[
    str | None,
    typer.Argument(
        metavar="DATA",
        help="A bundled data set's name, a .toml recipe, a file (.csv .tsv .parquet .jsonl .ndjson .arrow .feather, "
        "also .csv.gz), or - for standard input.",
        show_default="exercise1",
    ),
]

Config = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="A .toml recipe, as if given as DATA; with DATA, on those rows.", rich_help_panel=DATA
    ),
]

Target = Annotated[
    str | None, typer.Option(metavar="NAME", help="Column to predict.", show_default="the last", rich_help_panel=DATA)
]

Feature = Annotated[
    list[str] | None,
    typer.Option(
        "--feature",
        "-f",
        metavar="NAME",
        help="Column to predict from; repeat.",
        show_default="all others",
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

Categorical = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COL[:REFERENCE]",
        help="Take a feature's texts or numbers for categories: a column of zeros and ones for each but the reference, "
        "the first in order; repeat.",
        rich_help_panel=DATA,
    ),
]

Weights = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="Column of what each row's squared error counts; it is no feature.",
        show_default="all alike",
        rich_help_panel=DATA,
    ),
]

HoldOut = Annotated[
    str | None,
    typer.Option(
        "--hold-out",
        metavar="SHARE|FILE",
        help="Rows that are not trained on and judge the fit: a share of all, chosen by the seed, or a file.",
        show_default="none",
        rich_help_panel=DATA,
    ),
]

Standardize = Annotated[
    bool | None,
    typer.Option(
        "--standardize/--no-standardize",
        help="Train on (x − mean) / std; w and b are shown in the data's own units.",
        show_default="on for files",
        rich_help_panel=DATA,
    ),
]

Bias = Annotated[bool | None, typer.Option("--bias/--no-bias", help="Fit b.", show_default="on", rich_help_panel=MODEL)]

LearningRate = Annotated[
    str | None,
    typer.Option(
        "--lr",
        "--learning-rate",
        metavar="X|auto",
        help="auto: from the curvature for full-batch SGD, else the optimizer's own default, or more where that could "
        "not get there in time.",
        show_default="auto",
        rich_help_panel=MODEL,
    ),
]

Optimizer = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Any class of torch.optim: see linreg optimizers.",
        show_default="SGD",
        rich_help_panel=MODEL,
    ),
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

Schedule = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Any class of torch.optim.lr_scheduler, stepped once an epoch.",
        show_default="none",
        rich_help_panel=MODEL,
    ),
]

ScheduleSet = Annotated[
    list[str] | None,
    typer.Option(
        "--schedule-set",
        metavar="KEY=VALUE",
        help="An argument of the schedule; repeat. How long the run is it is told.",
        rich_help_panel=MODEL,
    ),
]

Criterion = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="MSELoss, L1Loss, SmoothL1Loss or HuberLoss.",
        show_default="MSELoss",
        rich_help_panel=MODEL,
    ),
]

Reduction = Annotated[
    str | None,
    typer.Option(
        metavar="mean|sum", help="How the criterion adds up rows.", show_default="mean", rich_help_panel=MODEL
    ),
]

BatchSize = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Rows a step, reshuffled each epoch from the seed.",
        show_default="all rows",
        rich_help_panel=MODEL,
    ),
]

Init = Annotated[
    str | None,
    typer.Option(
        metavar="zeros|linear|normal|W,…,B",
        help="Initial parameters; also themselves, in the data's own units.",
        show_default="zeros",
        rich_help_panel=MODEL,
    ),
]

Seed = Annotated[
    int | None, typer.Option(metavar="N", help="Decides everything random.", show_default="0", rich_help_panel=MODEL)
]

Module = Annotated[
    str | None,
    typer.Option(
        metavar="FILE.py:CLASS", help="Train your own nn.Module instead. Runs that file.", rich_help_panel=MODEL
    ),
]

LastEpoch = Annotated[
    str | None,
    typer.Option(
        metavar="N|auto",
        help="Run epochs 0 to N. auto: as many as bring every parameter within a thousandth of its standard error, "
        "where the curvature tells; else 1000.",
        show_default="auto",
        rich_help_panel=STOP,
    ),
]

UntilStep = Annotated[
    float | None,
    typer.Option(metavar="TOL", help="Stop when the largest step of a parameter is below TOL.", rich_help_panel=STOP),
]

UntilCost = Annotated[
    float | None,
    typer.Option(metavar="TOL", help="Stop when the cost moves by less than TOL an epoch.", rich_help_panel=STOP),
]

UntilStandardErrors = Annotated[
    float | None,
    typer.Option(metavar="X", help="Stop within X standard errors of least squares, as 0.01.", rich_help_panel=STOP),
]

Patience = Annotated[
    int | None,
    typer.Option(metavar="N", help="Stop at no lower held-out cost for N epochs; keep the best.", rich_help_panel=STOP),
]

Device = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="auto, cpu, cuda, cuda:N or mps.", show_default="auto", rich_help_panel=COMPUTE),
]

Dtype = Annotated[
    str | None,
    typer.Option(
        metavar="float32|float64",
        help="The parameters' type.",
        show_default="float64; float32 on MPS",
        rich_help_panel=COMPUTE,
    ),
]

Engine = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="auto, autograd, analytic, gram or spectral. auto: the fastest that serves the recipe.",
        show_default="auto",
        rich_help_panel=COMPUTE,
    ),
]

Every = Annotated[
    str | None,
    typer.Option(
        metavar="N|auto",
        help="Show every Nth epoch; auto: about ten of them.",
        show_default="auto with --epochs auto, else 100",
        rich_help_panel=OUTPUT,
    ),
]

RowFormat = Literal["text", "table", "json", "csv"]
Format = Annotated[
    RowFormat,
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

Force = Annotated[
    bool, typer.Option("--force", help="Write over a file that is there already.", rich_help_panel=OUTPUT)
]

Record = Annotated[
    bool,
    typer.Option("--record", help="Keep the run: its epochs, and checkpoints to resume from.", rich_help_panel=OUTPUT),
]

Name = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="NAME",
        help="Call the recorded run so; implies --record.",
        show_default="the data's name",
        rich_help_panel=OUTPUT,
    ),
]
