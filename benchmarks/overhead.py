"""Overhead of the engine: requests planned, de-duplicated, batched and stored with a model that computes nothing.

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
from transformers.modeling_outputs import CausalLMOutput

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.scoring import loglikelihoods
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.store.database import open_store
from tests.synthetic.records import environment_record, evaluation_record

WORDS = 5000
CHOICES = 4
REPEATED = 9
"""Index, among every ten questions, of the one that repeats the previous one."""
LIMITS = {"seconds": 60.0, "GiB": 1.0}


class Stub(torch.nn.Module):
    """A model with the sizes of SmolLM2-135M that computes nothing."""

    def __init__(self) -> None:
        super().__init__()
        sizes = SimpleNamespace(hidden_size=576, intermediate_size=1536, vocab_size=49152)
        self.config = SimpleNamespace(get_text_config=lambda: sizes)
        self.base_model_prefix = "body"
        self.embedding = torch.nn.Embedding(WORDS + 1, 1)
        self.head = torch.nn.Linear(1, 8)

    def get_input_embeddings(self) -> torch.nn.Module:
        """Return the embeddings, by which the vocabulary is counted."""
        return self.embedding

    def get_output_embeddings(self) -> torch.nn.Module:
        """Return the head."""
        return self.head

    def forward(self, input_ids: torch.Tensor, **_: object) -> CausalLMOutput:
        """Return logits that depend only on the tokens."""
        return CausalLMOutput(logits=self.head((input_ids % 7).unsqueeze(-1).float()))


def stub() -> LoadedModel:
    """Return the stub with a real tokenizer of whole words."""
    words = {f"w{number}": number % 8 for number in range(WORDS)} | {"[E]": 7}
    words = {word: index for index, word in enumerate(words)}
    backend = Tokenizer(models.WordLevel(words, unk_token="[E]"))  # noqa: S106 - no password
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="[E]")  # noqa: S106
    device = torch.device("cpu")
    return LoadedModel("stub", "stub", Path(), ModelKind.CAUSAL, Stub(), tokenizer, device, torch.float32, 2048)


def requests(n: int) -> list[tuple[str, str]]:
    """Return questions of about 15 words with four choices of one to three; every tenth repeats the previous one."""
    pairs = []
    for number in range(n // CHOICES):
        question = number - (number % 10 == REPEATED)
        context = " ".join(f"w{(question * 31 + step * step * 17) % WORDS}" for step in range(12 + question % 7))
        context = f"w{question % WORDS} w{question // WORDS} {context}"
        pairs += [
            (context, "".join(f" w{(choice * 7 + step) % 8}" for step in range(1 + choice % 3)))
            for choice in range(CHOICES)
        ]
    return pairs


def measure(n: int) -> None:
    """Score and store n requests, and print time and memory."""
    model = stub()
    model.tokenizer.encode("w1")
    pairs = requests(n)
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        engine = Engine(torch.device("cpu"), 1, answers=AnswerCache(Path(folder)))
        engine.tree_readers[model.module] = True
        scores = loglikelihoods(engine, model, pairs).reshape(-1, CHOICES)
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
    """Print one row of the report for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--here", action="store_true", help="measure one size in this process")
    options = parser.parse_args()
    if options.here:
        measure(*options.sizes)
        return
    print("| requests | all | scored | stored | a request | peak memory | above the idle process |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for size in options.sizes:
        subprocess.run([sys.executable, __file__, "--here", str(size)], check=True)


if __name__ == "__main__":
    main()
