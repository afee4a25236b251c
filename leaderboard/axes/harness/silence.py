"""Keeps lm-evaluation-harness from talking over our own output, and its draws of chance from leaking out."""

import contextlib
import io
import logging
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import numpy as np

_LOGGERS = ("lm_eval", "lm-eval", "datasets", "evaluate", "huggingface_hub")
_SEEDS = (0, 1234)
"""Of Python's and numpy's global generators, as `lm_eval.simple_evaluate` sets them before it loads tasks."""


@contextmanager
def silently() -> Iterator[None]:
    """No progress bars, prints or warnings inside this block, and one process instead of many."""
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with (
            patch.dict(os.environ, {"DISABLE_MULTIPROC": "1"}),  # its bootstrap starts a process a core otherwise
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def seeded() -> Iterator[None]:
    """Global generators as lm-evaluation-harness seeds them, for tasks that shuffle their documents; restored after."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002 - the generators that tasks draw from
    random.seed(_SEEDS[0])
    np.random.seed(_SEEDS[1])  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(legacy)  # noqa: NPY002
