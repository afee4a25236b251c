"""The options of `leaderboard run`."""

from pathlib import Path
from typing import Annotated

import typer

from leaderboard.axes.metric import Axis
from leaderboard.cli.options import one_of
from leaderboard.models.precision import Precision
from leaderboard.recipes.names import RecipeName

RECIPE = "Recipe"
GUESTS = "Tasks of lm-evaluation-harness (--task lm_eval:NAME)"

Models = Annotated[
    list[str],
    typer.Option(
        "--model",
        "-m",
        metavar="REF",
        help=r"A Hub id\[@revision], a folder, a .gguf file, or package:DIST\[==VERSION]\[:path]. Repeatable.",
    ),
]
Name = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=r"Name of the model in every table and on the board. \[default: that of its folder or Hub id]",
        show_default=False,
    ),
]
Suite = Annotated[
    str | None, typer.Option(metavar="NAME", help=r"Tasks to run together. \[default: core]", show_default=False)
]
Tasks = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="NAME", help="One task, by name, .yaml file or lm_eval:NAME. Repeatable."),
]
Axes = Annotated[list[Axis] | None, one_of(Axis, "--axis", "Only the suite's tasks on this axis, repeatable")]
RecipeOption = Annotated[
    RecipeName | None, one_of(RecipeName, "--recipe", "What is done to the model first", panel=RECIPE)
]
RecipeFile = Annotated[
    Path | None,
    typer.Option(
        "--recipe-file",
        metavar="FILE",
        help="YAML with the recipe's name and settings (see `leaderboard recipes show`).",
        rich_help_panel=RECIPE,
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="recipe.KEY=VALUE",
        help="One setting of the recipe, such as recipe.learning_rate=3e-5. Repeatable.",
        rich_help_panel=RECIPE,
    ),
]
Trackers = Annotated[
    list[str] | None,
    typer.Option(
        "--log-to",
        metavar="TRACKER",
        help="Also log training to tensorboard (files in results/logs) or wandb. Repeatable.",
        rich_help_panel=RECIPE,
    ),
]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="At most N examples of each split that is scored.")]
Seed = Annotated[int, typer.Option(min=0, metavar="N", help="Seed of everything random.")]
Device = Annotated[
    str,
    typer.Option(
        metavar="DEVICE", help="auto, cpu, cuda:N, several (cuda:0,cuda:1), or one model over several (cuda:0+cuda:1)."
    ),
]
Dtype = Annotated[Precision, one_of(Precision, "--dtype", "Precision of the weights")]
Threads = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help=r"CPU threads. \[default: physical cores]", show_default=False),
]
Offline = Annotated[bool, typer.Option("--offline", help="Use nothing that is not on this machine.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the estimates as JSON.")]
HarnessPath = Annotated[
    str | None,
    typer.Option(
        "--lm-eval-path", metavar="DIR", help="Folder of task files that is searched first.", rich_help_panel=GUESTS
    ),
]
Fewshot = Annotated[
    int | None,
    typer.Option(
        "--num-fewshot",
        min=0,
        metavar="N",
        help=r"Solved examples in front of each question. \[default: the task's]",
        show_default=False,
        rich_help_panel=GUESTS,
    ),
]
ChatTemplate = Annotated[
    bool,
    typer.Option("--chat-template", help="Put prompts into the model's chat template.", rich_help_panel=GUESTS),
]
TrustCode = Annotated[
    bool,
    typer.Option("--trust-lm-eval-code", help="Run Python code that lies in --lm-eval-path.", rich_help_panel=GUESTS),
]
