"""Options of `leaderboard search` and its subcommands."""

from typing import Annotated

import typer

from leaderboard.amounts import parse_duration
from leaderboard.cli.options import enum_option
from leaderboard.studies.names import SamplerName, ScalarisationName

GOAL = "Objective (one of the first four)"
EFFORT = "Budget and worker processes"
SPACE = "Search space and how trials are measured"
TERMS = "A term is an axis (its utility), a metric (latency.p95) or a task (bias.crows_pairs)."

_MODEL = typer.Option(
    "--model",
    "-m",
    metavar="REF",
    help=r"Model: a Hub id\[@revision], a folder, a .gguf file, or package:DIST\[==VERSION]\[:path].",
    show_default=False,
)

Model = Annotated[str | None, _MODEL]
SpaceModel = Annotated[str, _MODEL]
Suite = Annotated[
    str,
    typer.Option(metavar="NAME|FILE", help="Suite of tasks that every trial is measured on, by name or .yaml file."),
]
StudyName = Annotated[
    str | None,
    typer.Option("--study", metavar="NAME", help=r"Study name. \[default: model, suite and goal]", show_default=False),
]
Weighted = Annotated[
    str | None,
    typer.Option(
        metavar="TERM=W,…",
        help="Weighted mean of losses 1 - utility to minimize: accuracy=0.5,bias=0.2",
        rich_help_panel=GOAL,
    ),
]
Minimize = Annotated[
    str | None,
    typer.Option(metavar="TERM", help="Term to minimize, with --subject-to: latency.p95", rich_help_panel=GOAL),
]
Maximize = Annotated[
    str | None,
    typer.Option(metavar="TERM", help="Term to maximize, with --subject-to: accuracy", rich_help_panel=GOAL),
]
Pareto = Annotated[
    str | None,
    typer.Option(
        metavar="TERM,TERM", help=f"Pareto front of two or three terms: accuracy,latency. {TERMS}", rich_help_panel=GOAL
    ),
]
SubjectTo = Annotated[
    list[str] | None,
    typer.Option(
        "--subject-to",
        metavar="CONDITION",
        help='Constraint: "latency.p95 <= 0.8 * baseline", "privacy.leak_auc <= 0.55". Repeatable.',
        rich_help_panel=GOAL,
    ),
]
Alpha = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        metavar="A",
        help="--weighted L,T --alpha A minimizes A·L + (1 - A)(1 - T).",
        rich_help_panel=GOAL,
    ),
]
ScalarisationOption = Annotated[
    ScalarisationName,
    enum_option(ScalarisationName, "--scalarisation", "How to combine weighted losses", panel=GOAL),
]
Trials = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="N",
        help="Total number of trials, including trial 0 and those of a resumed study.",
        rich_help_panel=EFFORT,
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="TIME",
        parser=lambda text: parse_duration(str(text), where="--timeout"),
        help="Start no trial after TIME: 90, 10m, 2h.",
        rich_help_panel=EFFORT,
    ),
]
Patience = Annotated[
    int,
    typer.Option(
        min=0, metavar="N", help="End after N trials without improvement; 0 for never.", rich_help_panel=EFFORT
    ),
]
Jobs = Annotated[int, typer.Option(min=1, metavar="N", help="Number of worker processes.", rich_help_panel=EFFORT)]
SpaceOption = Annotated[
    str | None,
    typer.Option(
        "--space",
        metavar="NAME|FILE",
        help=r"Search space, by name or YAML file (see `leaderboard search space`). \[default: by model]",
        show_default=False,
        rich_help_panel=SPACE,
    ),
]
Sampler = Annotated[SamplerName, enum_option(SamplerName, "--sampler", "Optuna sampler", panel=SPACE)]
Limit = Annotated[
    int, typer.Option(min=1, metavar="N", help="Largest number of examples of each split.", rich_help_panel=SPACE)
]
NoRungs = Annotated[
    bool,
    typer.Option(
        "--no-rungs", help="Measure every trial on all examples at once, not on few first.", rich_help_panel=SPACE
    ),
]
Variants = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Number of points after each training that differ only in settings applied after it.",
        rich_help_panel=SPACE,
    ),
]
Resume = Annotated[bool, typer.Option("--resume", help="Resume the study of that name, if it exists.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the study as JSON.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Study name (see `leaderboard search list`).")]
