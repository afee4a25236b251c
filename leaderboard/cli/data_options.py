"""Options of a user's own data, which `run --data` and `tasks init` share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

if TYPE_CHECKING:
    from leaderboard.own_data.options import DataArguments

PANEL = "Your own data (--data)"


def _column(flag: str, explanation: str) -> Any:
    return typer.Option(flag, metavar="COLUMN", help=explanation, show_default=False, rich_help_panel=PANEL)


Data = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="File of texts with labels, questions with choices (CSV, TSV, JSON, JSON lines, Parquet, Arrow, Excel) or "
        "words with tags (CoNLL), hub:OWNER/NAME, disk:FOLDER or files:PATTERN, instead of a suite.",
        rich_help_panel=PANEL,
    ),
]
Members = Annotated[
    str | None,
    typer.Option(
        "--members",
        metavar="FILE",
        help="File of texts that the model may have been pre-trained on: membership attacks, or extraction of them.",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
Nonmembers = Annotated[
    str | None,
    typer.Option(
        "--nonmembers",
        metavar="FILE",
        help="File of comparable texts that the model was not trained on, for membership attacks on --members.",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
Text = Annotated[str | None, _column("--text", r"Column of the texts, words or questions. \[default: detected]")]
Second = Annotated[str | None, _column("--second", "Column of the second texts of pairs.")]
Label = Annotated[str | None, _column("--label", r"Column of the labels, tags or answers. \[default: detected]")]
Group = Annotated[str | None, _column("--group", "Column, such as the author, whose rows stay in one split.")]
Sensitive = Annotated[
    str | None,
    _column("--sensitive", "Column of groups of people, such as genders, that a model should treat alike."),
]
Positive = Annotated[
    str | None,
    typer.Option(
        "--positive",
        metavar="CLASS",
        help=r"Class whose rates are compared between these groups. \[default: the last of two]",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
Ood = Annotated[
    list[str] | None,
    typer.Option(
        "--ood",
        metavar="FILE",
        help="File of another distribution with the same labels. Repeatable.",
        rich_help_panel=PANEL,
    ),
]
Test = Annotated[
    str | None,
    typer.Option(
        "--test",
        metavar="FILE",
        help=r"File with the test rows. \[default: 20 % of --data]",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="CODE",
        help=r"Language of the texts, such as en or zh. \[default: detected]",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter",
        metavar="CHARACTER",
        help=r"Delimiter of the columns, tab, or none (a text in each line, for --members). \[default: detected]",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help=r"Encoding, such as gb18030 or cp1252. \[default: detected]",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
Header = Annotated[
    bool | None,
    typer.Option(
        "--header/--no-header",
        help=r"Whether line 1 names the columns. \[default: detected]",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        "--sheet",
        metavar="NAME",
        help=r"Sheet of a spreadsheet. \[default: the only one]",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
LabelNames = Annotated[
    str | None,
    typer.Option(
        "--label-names",
        metavar="RAW=NAME,...",
        help="Class names, such as 0=negative,1=positive.",
        rich_help_panel=PANEL,
    ),
]
LabelRanges = Annotated[
    str | None,
    typer.Option(
        "--label-ranges",
        metavar="NAME=FROM..TO,...",
        help="Classes of a numeric label, such as negative=1..2,positive=4..5.",
        rich_help_panel=PANEL,
    ),
]
NoLabel = Annotated[
    list[str] | None,
    typer.Option(
        "--no-label",
        metavar="VALUE",
        help="Value that means that a row has no label. Repeatable.",
        rich_help_panel=PANEL,
    ),
]
DropBadRows = Annotated[
    bool,
    typer.Option("--drop-bad-rows", help="Leave out rows that cannot be read.", rich_help_panel=PANEL),
]
Choices = Annotated[
    str | None,
    typer.Option(
        "--choices",
        metavar="COLUMN,...",
        help="Columns of the choices of questions, or the one with a list of them; none for texts with classes. "
        r"\[default: detected]",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
Answers = Annotated[
    str | None,
    typer.Option(
        "--answers",
        metavar="FORM",
        help=r"Form of the answers to questions: text, letter, number (from 1) or index (from 0). \[default: detected]",
        show_default=False,
        rich_help_panel=PANEL,
    ),
]
SplitOfRow = Annotated[
    str | None,
    _column("--split", r"Column that names the split of each row: train, validation, test. \[default: detected]"),
]
IgnoreSplit = Annotated[
    bool,
    typer.Option(
        "--ignore-split", help="Divide the rows at random, whatever a column of splits says.", rich_help_panel=PANEL
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", metavar="DIR", help=r"Folder of the files. \[default: folder of the data]", show_default=False
    ),
]


def one_file(data: list[str] | None) -> str | None:
    """Return the file of --data.

    Raises:
        RequestError: for several, of which typer would take the last.
    """
    from leaderboard.errors import RequestError

    if data and len(data) > 1:
        raise RequestError(
            f"--data is there {len(data)} times, and a run measures one file\n"
            "  Run the command once for each; --test names the test rows, --ood texts of other distributions."
        )
    return data[0] if data else None


def data_arguments(**options: object) -> "DataArguments":
    """Return the options that were named."""
    named = {name: value for name, value in options.items() if value is not None and (value or name == "header")}
    return cast("DataArguments", named)
