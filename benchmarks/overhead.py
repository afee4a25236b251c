"""What the engine itself costs: requests planned, de-duplicated, batched, stored, with a model that computes nothing.

    python benchmarks/overhead.py

The stub has the sizes of a model of 135 M parameters, so that batches are cut as they would be, and answers at once.
Requests are questions with four choices, a tenth of them asked twice, encoded by a real tokenizer. Each size runs in a
process of its own, whose peak memory counts.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from leaderboard.engine.answers import Answers
from leaderboard.engine.engine import Engine
from leaderboard.engine.scoring import loglikelihoods
from leaderboard.models.loaded import LoadedModel, ModelKind
from leaderboard.store.database import open_store
from leaderboard.testing.records import environment_record, evaluation_record

WORDS = 5000
CHOICES = 4
REPEATED = 9
"""Of every ten questions, the one that is the same as the one before it."""
LIMITS = {"seconds": 60.0, "GiB": 1.0}


class Stub(torch.nn.Module):
    """Says the same of every token, with the sizes of SmolLM2-135M."""

    def __init__(self) -> None:
        super().__init__()
        sizes = SimpleNamespace(hidden_size=576, intermediate_size=1536, vocab_size=49152)
        self.config = SimpleNamespace(get_text_config=lambda: sizes)
        self.base_model_prefix = "body"
        self.head = torch.nn.Linear(1, 8)

    def get_output_embeddings(self) -> torch.nn.Module:
        """The head, behind which only what is read is computed."""
        return self.head

    def forward(self, input_ids: torch.Tensor, **_: object) -> SimpleNamespace:
        """Logits of whatever is read."""
        return SimpleNamespace(logits=self.head((input_ids % 7).unsqueeze(-1).float()))


def stub() -> LoadedModel:
    """The stub with a real tokenizer of whole words."""
    words = {f"w{number}": number % 8 for number in range(WORDS)} | {"[E]": 7}
    words = {word: index for index, word in enumerate(words)}
    backend = Tokenizer(models.WordLevel(words, unk_token="[E]"))  # noqa: S106 - no password
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="[E]")  # noqa: S106
    device = torch.device("cpu")
    return LoadedModel("stub", "stub", Path(), ModelKind.CAUSAL, Stub(), tokenizer, device, torch.float32, 2048)


def requests(n: int) -> list[tuple[str, str]]:
    """Questions of about 15 words with four choices of one to three; every tenth question is the one before it."""
    made = []
    for number in range(n // CHOICES):
        question = number - (number % 10 == REPEATED)
        context = " ".join(f"w{(question * 31 + step * step * 17) % WORDS}" for step in range(12 + question % 7))
        context = f"w{question % WORDS} w{question // WORDS} {context}"
        made += [
            (context, "".join(f" w{(choice * 7 + step) % 8}" for step in range(1 + choice % 3)))
            for choice in range(CHOICES)
        ]
    return made


def measure(n: int) -> None:
    """Score and store n requests, and print what that took."""
    model = stub()
    model.tokenizer.encode("w1")
    asked = requests(n)
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        engine = Engine(torch.device("cpu"), 1, answers=Answers(Path(folder)))
        engine.tree_readers[model.module] = True
        scores = loglikelihoods(engine, model, asked).reshape(-1, CHOICES)
        scored = time.perf_counter()
        store = open_store(f"sqlite:///{folder}/store.db")
        run = store.start_run({}, environment_record(threads=1))
        observations = ((str(index), {"loglikelihoods": row.tolist()}) for index, row in enumerate(scores))
        store.record(run, evaluation_record("stub", "stub"), [], observations)
        stored = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"| {n:,} | {stored - begin:.1f} s | {scored - begin:.1f} s | {stored - scored:.1f} s "
        f"| {1e6 * (stored - begin) / n:.0f} µs | {peak / 2**20:.2f} GiB | {(peak - idle) / 2**20:.2f} GiB |"
    )


def main() -> None:
    """One row of the report a size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--here", action="store_true", help="measure one size in this process")
    asked = parser.parse_args()
    if asked.here:
        measure(*asked.sizes)
        return
    print("| requests | all | scored | stored | a request | peak memory | above the idle process |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for size in asked.sizes:
        subprocess.run([sys.executable, __file__, "--here", str(size)], check=True)


if __name__ == "__main__":
    main()
