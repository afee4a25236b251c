"""The page `own_data.md`: commands with their seconds, what the program printed, and how the numbers are to be read."""

import json
from collections.abc import Mapping, Sequence

from timed_commands import TimedCommand, seconds_table

SHOWN = (
    "accuracy",
    "bag_of_words",
    "ood_accuracy",
    "relative_counterfactual_gap",
    "leak_auc",
    "latency_ratio",
    "latency_p50",
    "faithfulness",
)
INTRODUCTION = """# From a user's file to a ranked table

By `LEADERBOARD_MIRROR=../shared/data python benchmarks/own_data.py`, which writes this page. Each file has 2,000
rows drawn at random, half of each class, and 400 rows of another distribution are beside it. `./characters` is a
BERT of two layers with random weights whose tokens are the characters of the file. One thread, float32, seed 0, two
cores of a Xeon that others used at the same time: wall seconds are those of a busy machine, CPU seconds are what
the command itself took. Weights are unpacked before; nothing that was computed before is used. A command that was
interrupted and continued counts with all its parts."""
READING = """## Are the numbers believable?

- English: BERT-tiny has .832 on SST-2 in its authors' table after 67,000 phrases, and .835 after three epochs of
  6,920 sentences here; .740 after 1,119 sentences fits. The model of characters without pretraining is not above
  chance, as it has to be: the letters of 1,100 sentences do not tell sentiment. MiniLM's frozen features are above
  the bag of words; fine-tuned on all of SST-2 it had .892.
- Chinese: no model here was pretrained on Chinese. The model of characters is as good as the bag of words within the
  interval (.826 and .852), as on hotel reviews (.868 and .876 of 4,692 reviews, see [chinese.md](chinese.md)). The
  two English models read the few characters that their vocabularies have: above chance, below the bag of words. All
  three fall to little above chance on hotels, whose reviews are longer and have other words.
- Leak AUCs of the fine-tuned models are .52 to .61, and half of the intervals include .5: a few epochs of a small model
  on a thousand texts leave little of each text. The shadow models of version 3 attack a probe, too, and MiniLM's leaks
  more by them: .74 [.68, .79] in the English part and .67 [.60, .72] in the Chinese one. A regression on 384 features
  of 1,119 texts can fit many of them; [membership.md](membership.md) has .74 for 500 texts and .60 for 3,000.
- A model that nothing was trained into, such as SmolLM2 without examples, has no privacy axis (*not measured:
  membership is unknown*), and is not ranked on six axes; weight 0 for privacy ranks it."""
Row = Mapping[str, object]


def section(title: str, runs: Sequence[TimedCommand], rankings: Sequence[TimedCommand], results: TimedCommand) -> str:
    """Return the section of a language.

    Args:
        title: heading.
        runs: one command for each model.
        rankings: the commands that printed a ranking.
        results: the command that printed every estimate as JSON.
    """
    rows = json.loads(results.output)
    parts = [
        f"## {title}",
        seconds_table([*runs, *rankings]),
        f"What the first command detected:\n\n{_block(_before_recipes(runs[0].messages))}",
        *(f"The ranking (`{each.line}`):\n\n{_block(each.output)}" for each in rankings),
        f"The numbers behind it, with 95 % intervals:\n\n{metrics_table(rows)}",
        f"Not measured:\n\n{_not_measured(rows)}",
    ]
    return "\n\n".join(parts)


def metrics_table(rows: Sequence[Row]) -> str:
    """Return a Markdown table: a row for each metric, a column for each subject."""
    subjects = list(dict.fromkeys(str(row["subject"]) for row in rows))
    cells = {(row["metric"], row["subject"]): _cell(row) for row in rows}
    lines = ["| metric | " + " | ".join(subjects) + " |", "| --- |" + " --- |" * len(subjects)]
    lines += [
        f"| {metric} | " + " | ".join(cells.get((metric, each), "") for each in subjects) + " |" for metric in SHOWN
    ]
    return "\n".join(lines)


def _cell(row: Row) -> str:
    value, low, high = row["value"], row["low"], row["high"]
    if not isinstance(value, float | int):
        return str(row["status"]).replace("_", " ")
    if isinstance(low, float | int) and isinstance(high, float | int):
        return f"{value:.3g} [{low:.3g}, {high:.3g}]"
    return f"{value:.3g}"


def _not_measured(rows: Sequence[Row]) -> str:
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row["status"] != "measured":
            reasons.setdefault((str(row["metric"]), str(row["reason"])), []).append(str(row["subject"]))
    lines = [f"- {metric} of {', '.join(subjects)}: {reason}" for (metric, reason), subjects in reasons.items()]
    return "\n".join(lines) or "- nothing"


def _before_recipes(messages: str) -> str:
    return messages.partition("\nrecipe: ")[0].partition("\n✓ ")[0]


def _block(text: str) -> str:
    lines = [line.rstrip() for line in text.strip("\n").splitlines()]
    return "```\n" + "\n".join(lines) + "\n```"


def page(sections: Sequence[str]) -> str:
    """Return the whole page."""
    return "\n\n".join([INTRODUCTION, *sections, READING]) + "\n"
