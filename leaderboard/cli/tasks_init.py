"""`leaderboard tasks init`: write the task files of a user's own data."""

from typing import Annotated

import typer

from leaderboard.cli import data_options, run_options
from leaderboard.cli.options import set_offline
from leaderboard.terminal import console, echo


def init_tasks(
    data: Annotated[
        str,
        typer.Argument(help="File of texts with labels, questions with choices, or words with tags.", metavar="FILE"),
    ],
    *,
    suite: Annotated[bool, typer.Option("--suite", help="Also write the suite of all axes.")] = False,
    output: data_options.Output = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    offline: run_options.Offline = False,
    text: data_options.Text = None,
    second: data_options.Second = None,
    label: data_options.Label = None,
    group: data_options.Group = None,
    sensitive: data_options.Sensitive = None,
    positive: data_options.Positive = None,
    ood: data_options.Ood = None,
    test: data_options.Test = None,
    language: data_options.Language = None,
    delimiter: data_options.Delimiter = None,
    encoding: data_options.Encoding = None,
    header: data_options.Header = None,
    sheet: data_options.Sheet = None,
    label_names: data_options.LabelNames = None,
    label_ranges: data_options.LabelRanges = None,
    no_label: data_options.NoLabel = None,
    drop_bad_rows: data_options.DropBadRows = False,
    choices: data_options.Choices = None,
    answers: data_options.Answers = None,
    split: data_options.SplitOfRow = None,
    ignore_split: data_options.IgnoreSplit = False,
) -> None:
    """Write the task file of your own data, with comments: columns, classes, splits, prompt and anchors.

    leaderboard tasks init reviews.csv --suite
    leaderboard tasks init reviews.csv --label-names 0=negative,1=positive --group author --ood tweets.csv

    What is detected is printed with the flag that changes it. A question ends with exit status 2.
    """
    offline = set_offline(offline=offline)

    from leaderboard.api import Leaderboard
    from leaderboard.escapes import shell
    from leaderboard.reports.inspection import print_axes, print_inspection

    own = data_options.data_arguments(
        text=text,
        second=second,
        label=label,
        group=group,
        sensitive=sensitive,
        positive=positive,
        ood=ood,
        test=test,
        language=language,
        delimiter=delimiter,
        encoding=encoding,
        header=header,
        sheet=sheet,
        label_names=label_names,
        label_ranges=label_ranges,
        no_label=no_label,
        drop_bad_rows=drop_bad_rows,
        choices=choices,
        answers=answers,
        split=split,
        ignore_split=ignore_split,
    )
    written = Leaderboard().init_tasks(data, suite=suite, output=output, force=force, offline=offline, **own)
    print_inspection(written.inspection, console())
    print_axes(written.suite, written.axes, console())
    echo("\n".join(f"written: {path}" for path in written.paths))
    paths = shell(list(map(str, written.paths)))
    echo(f"Check them: leaderboard tasks validate {paths}")
