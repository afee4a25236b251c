"""A training that a test kills: `python interrupted.py BODY WORK`. It prints every step, and takes its time."""

import sys
import time
from pathlib import Path

import torch
from conftest import classifier, reviews
from transformers import AutoTokenizer

from leaderboard.backends.local.models.word_encoding import WordEncoder
from leaderboard.recipes.finetune import Finetune
from leaderboard.training import loop
from leaderboard.training.encoding import Encoder
from leaderboard.training.objectives.classification import ClassificationObjective

SETTINGS = Finetune(learning_rate=3e-3, batch_size=4, epochs=3)


def report(_description, done, _total):
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()
    time.sleep(0.1)


def main(body: Path, work: Path) -> None:
    torch.set_num_threads(1)
    loop.CHECKPOINT_EVERY_S, loop.CHECKPOINT_SHARE, loop.READ_LOSS_EVERY = 0.0, float("inf"), 1
    tokenizer = AutoTokenizer.from_pretrained(body)
    texts = Encoder(tokenizer, WordEncoder(tokenizer, tokenizer), 32, has_token_types=False, pad_id=0)
    loop.train(
        classifier(body),
        ClassificationObjective(texts, 2, reviews(), reviews()),
        SETTINGS,
        folder=work,
        device=torch.device("cpu"),
        seed=0,
        progress=report,
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
