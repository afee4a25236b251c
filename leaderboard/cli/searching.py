"""The options of `leaderboard search` and its commands."""

from typing import Annotated

import typer

from leaderboard.amounts import parse_duration
from leaderboard.cli.options import one_of
from leaderboard.studies.names import SamplerName, ScalarisationName

GOAL = "What is looked for (one of the first four)"
EFFORT = "How long, and in how many processes"
SPACE = "What is tried, and how it is measured"
TERMS = "A term is an axis (its utility), a metric (latency.p95) or a task (bias.crows_pairs)."

_MODEL = typer.Option(
    "--model",
    "-m",
    metavar="REF",
    help=r"A Hub id\[@revision], a folder, a .gguf file, or package:DIST\[==VERSION]\[:path].",
    show_default=False,
)

Model = Annotated[str | None, _MODEL]
SpaceModel = Annotated[str, _MODEL]
Suite = Annotated[str, typer.Option(metavar="NAME", help="Tasks that every trial is measured on.")]
StudyName = Annotated[
    str | None,
    typer.Option("--study", metavar="NAME", help=r"Study name. \[default: model, suite and goal]", show_default=False),
]
Weighted = Annotated[
    str | None,
    typer.Option(
        metavar="TERM=W,…",
        help="The best weighted mean of losses 1 - utility: accuracy=0.5,bias=0.2",
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
        help='What must hold: "latency.p95 <= 0.8 * baseline", "privacy.leak_auc <= 0.55". Repeatable.',
        rich_help_panel=GOAL,
    ),
]
Alpha = Annotated[
    float | None,
    typer.Option(
        min=0,
        max=1,
        metavar="A",
        help="--weighted L,T --alpha A minimises A·L + (1 - A)(1 - T).",
        rich_help_panel=GOAL,
    ),
]
ScalarisationOption = Annotated[
    ScalarisationName,
    one_of(ScalarisationName, "--scalarisation", "How weighted losses become one", panel=GOAL),
]
Trials = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="N",
        help="Number of trials in all, with trial 0 and those that a resumed study already has.",
        rich_help_panel=EFFORT,
    ),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="TIME",
        parser=lambda text: parse_duration(str(text), where="--timeout"),
        help="Begin no trial after that: 90, 10m, 2h.",
        rich_help_panel=EFFORT,
    ),
]
Patience = Annotated[
    int,
    typer.Option(min=0, metavar="N", help="End after N trials without a gain; 0 never.", rich_help_panel=EFFORT),
]
Jobs = Annotated[int, typer.Option(min=1, metavar="N", help="Number of worker processes.", rich_help_panel=EFFORT)]
SpaceOption = Annotated[
    str | None,
    typer.Option(
        "--space",
        metavar="NAME|FILE",
        help=r"A space or a YAML file (see `leaderboard search space`). \[default: by model]",
        show_default=False,
        rich_help_panel=SPACE,
    ),
]
Sampler = Annotated[SamplerName, one_of(SamplerName, "--sampler", "Optuna sampler", panel=SPACE)]
Limit = Annotated[
    int, typer.Option(min=1, metavar="N", help="At most N examples of each split.", rich_help_panel=SPACE)
]
NoRungs = Annotated[
    bool,
    typer.Option("--no-rungs", help="Measure every trial in full, not on few examples first.", rich_help_panel=SPACE),
]
Variants = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Points after each training that differ in what follows it alone.",
        rich_help_panel=SPACE,
    ),
]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the study of that name, if there is one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the study as JSON.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="A study (see `leaderboard search list`).")]
