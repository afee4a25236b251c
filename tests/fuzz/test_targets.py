"""Every reader holds against what once escaped it, and against some inputs that nobody has written."""

import random
import sys

import pytest

from tests.fuzz.catalogue import TARGETS
from tests.fuzz.supervisor import CORPUS, corpus_of, fuzz
from tests.fuzz.target import Target
from tests.in_one_test import in_one_test

NEW = 30
"""Inputs of a target beside its corpus; `make fuzz` tries more than a million."""


@pytest.mark.slow_after(4)
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_nothing_escapes(target: Target, tmp_path):
    inputs = len(corpus_of(target)) + NEW
    summary = fuzz(target, number=20, inputs=inputs, seconds=120.0, keep=tmp_path)
    reports = "\n".join(path.read_text(encoding="utf-8") for path in tmp_path.glob("*.txt"))
    assert not summary.failures, reports
    assert (summary.tried, summary.finished) == (inputs, True)


@in_one_test("target", TARGETS)
def test_inputs_are_made_of_random_numbers_alone(target: Target):
    seeds = target.seeds()
    one, other = (target.change(random.Random(5), seeds) for _ in range(2))  # noqa: S311 - no secret
    assert one == other


def test_the_catalogue_names_each_target_once_and_a_whole_run_tries_a_million_inputs():
    names = [target.name for target in TARGETS]
    assert len(set(names)) == len(names)
    assert sum(target.inputs for target in TARGETS) >= 10**6
    assert {path.name for path in CORPUS.iterdir()} <= {name.replace(" ", "_") for name in names}
