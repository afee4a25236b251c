"""The page `attributions.md`: seconds of attribution methods, and factors beside the loops of libraries."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

OWN = "this program"
INTRODUCTION = """# Attribution methods beside the loops of captum and shap

`python benchmarks/attributions.py --folder FOLDER --write` measures and writes this page; it continues a run that was
stopped. Texts are SST-2 test sentences (real data), the subject is a probe of all-MiniLM-L6-v2, on one thread of a
machine that other work shared: CPU seconds are of the process alone, wall seconds are upper bounds. All sides read
the same texts in turns, and nothing is cached between them, in memory or on disk. captum 0.9, shap 0.51.
The column *texts* says of how many texts a row is: all 200 take about 20 CPU minutes."""
READING = """## What the factors are made of

Tokens are those that the model read, padding included. A factor is the ratio of tokens times the ratio of the time of
a token. Each token costs 21 million multiplications and additions in linear layers, 150 microseconds of this core at
its full speed of 145 GFLOPS. In batches a token takes 180 to 200 microseconds on the idle core, so that a side that
fills batches is close to the limit: no loop around the same forward passes at equal precision is three times as fast
as it.

- **One text at a time** is captum's default (`perturbations_per_eval=1`) for occlusion, LIME and KernelSHAP, and what
  shap gets from a pipeline of transformers, whose `batch_size` is 1 unless a user sets it. A short row costs two to
  five times as much a token as a batch does.
- **Batches that the user asks for** leave two differences: padding of rows in the order in which they were drawn, and
  equal texts. Here rows are sorted by length, a batch ends where padding would cost more than another batch, and
  equal texts are read once. KernelSHAP draws many of one or two words, LIME few.
- **Occlusion** of n words has n rows of n - 1 words and the text itself: nothing to leave out, and no padding. The
  factor is that of the time of a token alone, and falls with the length of the text.
- **Integrated gradients** are captum's on both sides, whose points share a batch already; forward and backward pass
  take 440 to 490 microseconds a token in batches of 200 to 2,000 tokens. 16 points and both ends suffice for 10 of 16
  sentences, 32 more for 5, against captum's 50: the tokens are the factor. Points of Gauss-Legendre rules are not
  nested, so that none can be used twice; another rule would change the values. They differ from those of 50 points
  since the sum is right to 5 %.
- **PartitionExplainer** divides other spans first where 500 evaluations do not reach all units: values of longer
  sentences differ. With enough evaluations they are equal (`tests/attributions`)."""
Rows = Mapping[str, Mapping[int, Mapping[str, Any]]]
"""Measurements of each text, by method and number of the text."""


def page(rows: Rows) -> str:
    """Return the page."""
    parts = [INTRODUCTION, "## Seconds a method", seconds_table(rows), "## Beside the libraries", factor_table(rows)]
    return "\n\n".join(part for part in [*parts, READING] if part) + "\n"


def seconds_table(rows: Rows) -> str:
    """Return the table of what each method takes of this program."""
    lines = ["| method | texts | CPU seconds, all | CPU seconds a text | wall seconds a text | tokens a text |"]
    lines.append("|---|---|---|---|---|---|")
    for name, texts in rows.items():
        cpu, wall, tokens = (_column(list(texts.values()), OWN, fact) for fact in ("cpu", "wall", "tokens"))
        lines.append(
            f"| {name} | {len(cpu)} | {cpu.sum():.0f} | {cpu.mean():.3f} | {wall.mean():.3f} | {tokens.mean():.0f} |"
        )
    return "\n".join(lines)


def factor_table(rows: Rows) -> str:
    """Return the table of each loop of a library beside this program, on the texts that both explained."""
    lines = ["| method | loop of the library | texts | CPU seconds a text, here | library | factor | tokens, here"]
    lines[0] += " | library | microseconds a token, here | library | difference of values |"
    lines.append("|---" * 11 + "|")
    for name, texts in rows.items():
        loops = dict.fromkeys(side for row in texts.values() for side in row["sides"] if side != OWN)
        for loop in sorted(loops, key=_loop_order):
            compared = [row for row in texts.values() if loop in row["sides"]]
            cpu = [_column(compared, side, "cpu") for side in (OWN, loop)]
            tokens = [_column(compared, side, "tokens") for side in (OWN, loop)]
            rate = [1e6 * seconds.sum() / read.sum() for seconds, read in zip(cpu, tokens, strict=True)]
            difference = np.median(_column(compared, loop, "difference"))
            lines.append(
                f"| {name} | {loop} | {len(compared)} | {cpu[0].mean():.3f} | {cpu[1].mean():.3f} "
                f"| {cpu[1].sum() / cpu[0].sum():.1f} × | {tokens[0].mean():.0f} | {tokens[1].mean():.0f} "
                f"| {rate[0]:.0f} | {rate[1]:.0f} | {difference:.1g} |"
            )
    return "\n".join(lines)


def _loop_order(loop: str) -> tuple[bool, int, str]:
    """Return a key that sorts the default of a library first."""
    return not loop.startswith("one text"), len(loop), loop


def _column(rows: Sequence[Mapping[str, Any]], side: str, fact: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([row["sides"][side][fact] for row in rows], dtype=np.float64)
