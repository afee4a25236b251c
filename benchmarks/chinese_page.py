"""The page `chinese.md`: commands with their seconds, what they measured, and how the numbers are to be read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from timed_commands import TimedCommand, seconds_table

SHOWN = frozenset(
    {
        *("accuracy", "accuracy_norm", "macro_f1", "bag_of_words", "span_f1", "ood_accuracy", "flip_rate"),
        *("relative_counterfactual_gap", "leak_auc", "latency_ratio", "latency_p50", "faithfulness"),
    }
)
"""Metrics of the page; of their parts those of `ood_accuracy` alone."""
INTRODUCTION = """# Chinese: what English weights score, and what a small model of characters reaches

By `LEADERBOARD_MIRROR=../shared/data python benchmarks/chinese.py`, which writes this page: two cores of a Xeon that
others used at the same time, one thread, float32, seed 0, 95 % intervals; wall seconds are those of a busy machine. The
column n has the number of examples, which `--limit` bounds where a command has it. `bag_of_words` is the accuracy of
TF-IDF of characters with logistic regression on the same training texts."""
Row = Mapping[str, object]


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        title: heading.
        before: what is measured.
        after: how the numbers are to be read.
    """

    title: str
    before: str
    after: str


SECTIONS = {
    "characters": Section(
        "Hotel reviews: a model of characters, and English weights",
        """`./characters` is a BERT of two layers of width 128 (0.8 M parameters) with random weights and no
pretraining, whose tokens are the characters of the training reviews. It is fine-tuned on 4,692 reviews for five epochs,
and measured on the six axes of suite `zh`. MiniLM's tokenizer was made for English:
most Chinese characters are unknown to it.""",
        """The larger class of the hotel reviews is 69 % of the test, which is the accuracy of guessing it. Of the small
changes of `perturbed_hotel_reviews`, traditional characters alone cost accuracy, since they have no tokens in a model
that read simplified ones.""",
    ),
    "smollm2": Section(
        "SmolLM2 (135 M parameters, English) on the Chinese tasks",
        """What a language model that was trained on English scores. FewCLUE publishes .548 for a Chinese GPT,
zero-shot, on `eprstmt`, .344 on `ocnli`, and .500 on `cluewsc`; chance is .5, .374 (the largest class) and .5,
and one in seven on `chid`.""",
        """Zero-shot numbers are at chance, as published ones of a Chinese GPT nearly are. SmolLM2's tokenizer has
bytes, not characters, for most Chinese, and its training texts were English: it prefers one answer by its own
likelihood, whatever the text. Where macro F1 is far below accuracy, nearly all predictions are of one class. Solved
examples in the prompt move `eprstmt` above chance: they show which answers there are, and how often.
A model that continues text does not tag words: `msra_ner` is *not measured*.""",
    ),
    "own_file": Section(
        "A file of a user",
        """2,000 hotel reviews, half of each class, and 400 reviews of food deliveries, both in GB18030 with the columns
`评论` and `标签`. Encoding, columns and classes are detected, and the same model of characters is trained on the
file.""",
        """The ranking counts a leak AUC of 100 and more examples of each side, and an explanation score of 50 texts and
more; n says where there are fewer.""",
    ),
}


def section(part: str, runs: Sequence[TimedCommand], rows: Sequence[Row]) -> str:
    """Return the section of a part.

    Args:
        part: name of the part.
        runs: its commands.
        rows: estimates, as `results --format json` has them.
    """
    text = SECTIONS[part]
    tables = (seconds_table(runs), results_table(rows))
    return "\n\n".join((f"## {text.title}", text.before, *tables, text.after))


def results_table(rows: Sequence[Row]) -> str:
    """Return a Markdown table of estimates, those that are not measured with the reason."""
    lines = ["| task | subject | metric | value | n |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        metric, _, part = str(row["metric"]).partition(":")
        if metric in SHOWN and (not part or metric == "ood_accuracy"):
            lines.append(f"| {row['task']} | {row['subject']} | {row['metric']} | {_value(row)} | {row['n'] or ''} |")
    return "\n".join(lines)


def _value(row: Row) -> str:
    value, low, high = row["value"], row["low"], row["high"]
    if not isinstance(value, float | int):
        return f"{str(row['status']).replace('_', ' ')}: {row['reason']}"
    if isinstance(low, float | int) and isinstance(high, float | int):
        return f"{value:.3g} [{low:.3g}, {high:.3g}]"
    return f"{value:.3g}"


def page(sections: Sequence[str]) -> str:
    """Return the whole page."""
    return "\n\n".join([INTRODUCTION, *sections]) + "\n"
