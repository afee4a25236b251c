"""Options of `leaderboard run`."""

import re
from pathlib import Path
from typing import Annotated

import typer

from leaderboard.axes.axis import Axis
from leaderboard.backends.precision import Precision
from leaderboard.cli.options import axis_option, enum_option
from leaderboard.errors import RequestError, unknown_name
from leaderboard.recipes.registry import AUTO, recipes
from leaderboard.settings import user_path

RECIPE = "Recipe"
_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w.-]+(@[\w./-]+)?")
_LONGEST_SEED = 20
"""Digits of a number, above which no seed is."""
GUESTS = "Tasks of lm-evaluation-harness (--task lm_eval:NAME)"


def _recipe_name(text: str) -> str:
    name = text.lower()
    if name != AUTO and name not in recipes:
        raise unknown_name("recipe", text, [AUTO, *recipes], where="--recipe", see="leaderboard recipes list")
    return name


def read_seeds(text: str | None) -> list[int]:
    """Return the seeds of `--seeds 0,1,2`; none without the option.

    Raises:
        RequestError: for a text that is no list of whole numbers.
    """
    words = [] if text is None else [word.strip() for word in text.split(",")]
    if not all(word.isascii() and word.isdecimal() and len(word) <= _LONGEST_SEED for word in words):
        raise RequestError(f"--seeds {text}: not a list of whole numbers, such as --seeds 0,1,2")
    return [int(word) for word in words]


def on_base(model: str, base: str | None) -> str:
    """Return the reference of a model, which is an adapter where a base is given."""
    if base is None:
        return model
    if model.startswith("adapter:"):
        raise RequestError(f"--base cannot be combined with --model {model}, which may name the base itself")
    if user_path(model).is_dir():
        return f"adapter:{model}@{base}"
    if not _HUB_ID.fullmatch(model):
        raise RequestError(
            f"--base {base}: --model {model} is no folder and no Hub id, and a base belongs to an adapter alone"
        )
    revision = "@main" if "@" in base and "@" not in model else ""  # the first of two is that of the adapter
    return f"adapter:{model}{revision}@{base}"


Models = Annotated[
    list[str],
    typer.Option(
        "--model",
        "-m",
        metavar="REF",
        help=r"Model: a Hub id\[@revision], a folder, a .gguf file, or package:DIST\[==VERSION]\[:path]. Repeatable.",
    ),
]
Base = Annotated[
    str | None,
    typer.Option(
        "--base",
        metavar="REF",
        help=r"Base of --model, a PEFT adapter (folder or Hub id). \[default: the base that the adapter names]",
        show_default=False,
    ),
]
Name = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=r"Display name of the model. \[default: name of its folder or Hub id]",
        show_default=False,
    ),
]
Suite = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help=r"Suite of tasks, by name or .yaml file. \[default: core]",
        show_default=False,
    ),
]
Tasks = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="NAME", help="Task, by name, .yaml file or lm_eval:NAME. Repeatable."),
]
Axes = Annotated[list[Axis] | None, axis_option("Only the suite's tasks on this axis, repeatable")]
RecipeOption = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        metavar="RECIPE",
        parser=_recipe_name,
        autocompletion=lambda: [AUTO, *recipes],
        help=f"How the model is prepared: {AUTO}, {', '.join(recipes.built_in)}, or a recipe of a plug-in "
        "(see `leaderboard recipes list`).",
        rich_help_panel=RECIPE,
    ),
]
RecipeFile = Annotated[
    Path | None,
    typer.Option(
        "--recipe-file",
        metavar="FILE",
        help="YAML file with the recipe's name and settings (see `leaderboard recipes show`).",
        rich_help_panel=RECIPE,
    ),
]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="recipe.KEY=VALUE",
        help="Setting of the recipe, such as recipe.learning_rate=3e-5. Repeatable.",
        rich_help_panel=RECIPE,
    ),
]
Trackers = Annotated[
    list[str] | None,
    typer.Option(
        "--log-to",
        metavar="TRACKER",
        help="Log training to tensorboard (files in results/logs) or wandb. Repeatable.",
        rich_help_panel=RECIPE,
    ),
]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="Largest number of examples of each scored split.")]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="±W|A > B",
        help="Ask examples in random order until the 95 % interval is ±W, or it is decided whether subject A beats B.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, max=2**32 - 1, metavar="N", help="Seed of all random numbers.")]
Seeds = Annotated[
    str | None,
    typer.Option(
        "--seeds",
        metavar="N,N,…",
        help="Measure with each of these seeds, shown as one row with the spread between seeds in its intervals.",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        metavar="DEVICE",
        help="Device: auto, cpu, cuda:N, several (cuda:0,cuda:1), or one model over several (cuda:0+cuda:1).",
    ),
]
Dtype = Annotated[Precision, enum_option(Precision, "--dtype", "Precision of the weights")]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help=r"Number of CPU threads. \[default: number of physical cores]", show_default=False
    ),
]
Offline = Annotated[bool, typer.Option("--offline", help="Do not use the network.")]
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
        help=r"Number of few-shot examples in each prompt. \[default: that of the task]",
        show_default=False,
        rich_help_panel=GUESTS,
    ),
]
ChatTemplate = Annotated[
    bool,
    typer.Option("--chat-template", help="Apply the model's chat template to prompts.", rich_help_panel=GUESTS),
]
TrustCode = Annotated[
    bool,
    typer.Option(
        "--trust-lm-eval-code", help="Allow Python code of task files in --lm-eval-path to run.", rich_help_panel=GUESTS
    ),
]
TrustMetricCode = Annotated[
    bool,
    typer.Option("--trust-evaluate-code", help="Allow the code of metrics evaluate:NAME of task files to run."),
]
KeepTexts = Annotated[
    bool,
    typer.Option(
        "--keep-texts", help="Keep texts that may have personal data in them, of which only digests are kept otherwise."
    ),
]
