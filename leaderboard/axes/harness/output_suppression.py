"""Output suppression and seeds: keeps prints and random states of lm-evaluation-harness apart from the program's."""

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
"""Seeds of Python's and numpy's global generators, as `lm_eval.simple_evaluate` sets them before it loads tasks."""


@contextmanager
def suppressed_output() -> Iterator[None]:
    """Suppress progress bars, prints and warnings in the context, and use one process instead of many."""
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
def harness_seeds() -> Iterator[None]:
    """Seed the global generators as lm-evaluation-harness does, and restore them afterwards."""
    python_state, numpy_state = random.getstate(), np.random.get_state()  # noqa: NPY002 - the generators that tasks draw from
    random.seed(_SEEDS[0])
    np.random.seed(_SEEDS[1])  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
