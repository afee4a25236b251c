"""Files of ChineseNlpCorpus as a user's table, and rows of them drawn at random."""

from pathlib import Path

import pandas as pd

from leaderboard.settings import mirror_folder


def corpus(name: str) -> pd.DataFrame:
    """Return the reviews of a file of ChineseNlpCorpus with the Chinese names of their classes."""
    mirror = mirror_folder()
    if mirror is None:
        raise SystemExit("set LEADERBOARD_MIRROR to a folder with the files of GitHub")
    path = mirror / "github" / "SophonPlus" / "ChineseNlpCorpus" / "datasets" / name / f"{name}.csv"
    frame = pd.read_csv(path).dropna()
    return pd.DataFrame({"评论": frame["review"], "标签": frame["label"].map({0: "负面", 1: "正面"})})


def draw(frame: pd.DataFrame, rows: int, path: Path, *, encoding: str = "utf-8") -> pd.DataFrame:
    """Write rows drawn at random, always the same and as many of each class, as a CSV file, and return them."""
    text, label = frame.columns
    by_class = frame.drop_duplicates(text).groupby(label)
    drawn = by_class.sample(rows // by_class.ngroups, random_state=0).sample(frac=1, random_state=0)
    drawn.to_csv(path, index=False, encoding=encoding)
    return drawn
