"""Spread of absolute times and of ratios to the interleaved reference, on a machine with changing load.

    python benchmarks/latency.py --sessions 12 --busy 0 1 2 4

In each session some processes keep the processor busy, by turns as many as `--busy` lists. A session times answers of
one model in turns with the reference workload, and has a median time and a median ratio. The spread is the standard
deviation of their logarithms over sessions; the model does not change, so that all of it is the machine's.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from transformers import BertConfig, BertModel

from leaderboard.arrays import FloatArray
from leaderboard.axes.latency.timing import Clock, Sample, interleave
from leaderboard.backends.local.reference_workload import Reference
from leaderboard.backends.progress import silent

TOKENS = 64
WARM_UP = 10
DRAWS = 10_000
_BUSY = "while True: pass"


@dataclass(frozen=True, slots=True)
class TimedSession:
    """Medians of one session.

    Attributes:
        busy: number of processes that kept the processor busy.
        load: median load of the machine.
        seconds: median time of an answer.
        ratio: median ratio to the reference workload.
    """

    busy: int
    load: float
    seconds: float
    ratio: float


def subject() -> torch.nn.Module:
    """Return a BERT of another shape than the reference: 4 layers, width 512."""
    config = BertConfig(
        vocab_size=1024, hidden_size=512, num_hidden_layers=4, num_attention_heads=8, intermediate_size=2048
    )
    torch.manual_seed(0)
    model: torch.nn.Module = BertModel(config, add_pooling_layer=False)
    return model.eval()


@contextmanager
def busy_processes(count: int) -> Iterator[None]:
    """Keep the processor busy with a number of processes."""
    processes = [subprocess.Popen([sys.executable, "-S", "-c", _BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def timed(model: torch.nn.Module, samples: int) -> list[Sample]:
    """Return samples of answers in turns with the reference workload."""
    ids = torch.arange(TOKENS)[None]

    def answer(_question: int) -> None:
        with torch.inference_mode():
            model(input_ids=ids)

    clock = Clock(lambda: nullcontext(silent), lambda: None, Reference(torch.device("cpu")))
    return list(interleave(answer, range(samples), clock, warm_up=WARM_UP))


def session(model: torch.nn.Module, samples: int, busy: int) -> TimedSession:
    """Measure one session."""
    with busy_processes(busy):
        measured = timed(model, samples)
    seconds = np.array([each.seconds for each in measured])
    reference = np.array([each.reference_seconds for each in measured], dtype=np.float64)
    median_ratio = float(np.median(seconds / reference))
    load = float(np.median([each.load for each in measured]))
    return TimedSession(busy, load, float(np.median(seconds)), median_ratio)


def spread(values: FloatArray) -> float:
    """Return the standard deviation of logarithms, which is a relative one."""
    return float(np.log(values).std(ddof=1))


def share_of_spread(seconds: FloatArray, ratios: FloatArray) -> tuple[float, float, float]:
    """Return the spread of ratios as a share of that of times, with a 95 % bootstrap interval over sessions."""
    rng = np.random.default_rng(0)
    rows = rng.integers(len(seconds), size=(DRAWS, len(seconds)))
    draws = np.log(ratios)[rows].std(axis=1) / np.log(seconds)[rows].std(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975))
    return spread(ratios) / spread(seconds), float(low), float(high)


def report(sessions: Sequence[TimedSession]) -> Iterator[str]:
    """Yield lines of tables in Markdown."""
    yield "| busy processes | sessions | median time of an answer | median ratio |"
    yield "| ---: | ---: | ---: | ---: |"
    for busy in sorted({each.busy for each in sessions}):
        part = [each for each in sessions if each.busy == busy]
        times, ratios = ([getattr(each, name) for each in part] for name in ("seconds", "ratio"))
        yield (
            f"| {busy} | {len(part)} | {1000 * np.median(times):.1f} ms ({1000 * min(times):.1f} to "
            f"{1000 * max(times):.1f}) | {np.median(ratios):.3f} × ({min(ratios):.3f} to {max(ratios):.3f}) |"
        )
    seconds, ratios = (np.array([getattr(each, name) for each in sessions]) for name in ("seconds", "ratio"))
    share, low, high = share_of_spread(seconds, ratios)
    yield ""
    yield f"Spread over all sessions: times {spread(seconds):.1%}, ratios {spread(ratios):.1%}, "
    yield f"which is {share:.2f} [{low:.2f}, {high:.2f}] of it (goal: a third or less)."


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=12, help="Number of sessions.")
    parser.add_argument("--samples", type=int, default=30, help="Answers of a session.")
    parser.add_argument("--busy", type=int, nargs="+", default=[0, 1, 2, 4], help="Busy processes, session by session.")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model, sessions = subject(), []
    for number in range(options.sessions):
        sessions.append(session(model, options.samples, options.busy[number % len(options.busy)]))
        last = sessions[-1]
        print(f"{number + 1}: busy {last.busy}, load {last.load:.1f}, {1000 * last.seconds:.1f} ms, {last.ratio:.3f}")
    print("\n".join(report(sessions)))


if __name__ == "__main__":
    main()
