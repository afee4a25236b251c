"""A package that brings a task and a suite: it is listed, run, ranked, searched and gated as those of the program."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

pytestmark = [pytest.mark.end_to_end, pytest.mark.slow]
SUITE = "example_reviews"


@pytest.fixture(scope="module")
def program(installed):
    return installed(Path(__file__).parent / "tasks")


@pytest.fixture(scope="module")
def measured(program, encoder_folder):
    """The program with the suite measured on a tiny encoder, and searched in two processes."""
    model = ("--model", str(encoder_folder), "--suite", SUITE, "--threads", "1", "--offline")
    program("run", *model, "--limit", "20")
    space = program.folder / "one.yaml"
    space.write_text("base: probe\nothers: off\nlevers: {c: {low: 0.1, high: 10.0}}\n")
    goal = ("--pareto", "accuracy,privacy", "--space", str(space), "--sampler", "random", "--no-rungs")
    program("search", *model, *goal, "--trials", "3", "--jobs", "2", "--limit", "20", "--study", "own")
    return program


@pytest.fixture(scope="module")
def without(measured):
    """The program in the same folder, where the package is not installed any more."""
    return replace(measured, python=Path(sys.executable))


def test_tasks_of_a_package_are_listed_with_what_is_derived_of_them(program):
    rows = {row["task"]: row for row in json.loads(program("tasks", "list", "--format", "json"))}
    assert rows["example_reviews"]["suites"] == [SUITE]
    assert rows["latency_example_reviews"]["axis"] == "latency"
    assert "axis: privacy" in program("tasks", "show", "membership_example_reviews")


def test_a_suite_of_a_package_is_ranked_by_its_name(measured):
    (row,) = json.loads(measured("rank", "--suite", SUITE, "--format", "json"))
    assert row["axes_measured"].endswith("/5")


def test_a_suite_of_a_package_is_searched_in_several_processes(measured):
    trials = json.loads(measured("search", "show", "own", "--json"))["trials"]
    assert (trials["all"], trials["complete"]) == (3, 3)


def test_a_subject_of_a_suite_of_a_package_is_gated_and_recomputed(measured):
    measured("gate", "init", "--force")
    assert "example_reviews" in (measured.folder / "gate.yaml").read_text()
    assert "unchanged: 0" in measured("recompute")


def test_results_and_searches_stay_readable_when_the_package_is_gone(without):
    assert "Ranking: example_reviews" in without("rank", "--suite", SUITE)
    assert json.loads(without("search", "show", "own", "--json"))["trials"]["complete"] == 3


def test_a_search_says_why_it_cannot_go_on_when_the_package_is_gone(without):
    with pytest.raises(AssertionError, match=r"suite 'example_reviews' of the search is not installed any more"):
        without("search", "resume", "own", "--trials", "5", "--offline")
