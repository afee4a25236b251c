"""What wrappers of classifiers pass on: gradients, integrals, attention and the window, of their own probabilities."""

import dataclasses

import numpy as np
import pytest
import torch

from leaderboard.attributions.classified_text import ClassifiedText, places_read
from leaderboard.attributions.registry import attribution_methods
from leaderboard.attributions.text_units import TextUnits
from leaderboard.backends.classifiers import TransparentClassifier, VariableClassifier
from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.group_thresholds.thresholds import OTHER, GroupedClassifier
from leaderboard.mitigations.input_masking.masked_subject import MaskedInputClassifier
from leaderboard.mitigations.temperature.scaling import TemperedClassifier
from leaderboard.recipes.as_is.heads import HeadClassifier
from leaderboard.recipes.ensemble.prepare import EnsembleClassifier
from leaderboard.recipes.label_order import ReorderedClassifier
from leaderboard.recipes.labels import LabelMap
from tests.attributions.conftest import weights_of

WORDS = "the plot is dull but a wonderful surprise".split()
METHODS = ("gradient_x_input", "integrated_gradients", "occlusion")
WRAPPERS = {
    "temperature": (lambda inner: TemperedClassifier(inner, 4.0), 0.25),
    "label order": (lambda inner: ReorderedClassifier(inner, ("yes", "no"), (1, 0)), -1.0),
    "thresholds": (lambda inner: GroupedClassifier(inner, {OTHER: 0.7}), 1.0),
    "input masking": (MaskedInputClassifier, 1.0),
}
"""Wrappers of a classifier of two classes, with what they multiply the log-odds of the second class by."""


def values(classifier, method, words=WORDS, label=1):
    text = TextUnits(ClassifiedText(classifier, words, label), budget=64)
    return attribution_methods()[method].attribute(text, seed=0).values


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", WRAPPERS)
def test_values_of_a_linear_model_are_those_of_the_wrapped_log_odds(name, method, bag, classifier):
    wrap, factor = WRAPPERS[name]
    assert values(wrap(classifier), method) == pytest.approx(factor * np.array(weights_of(bag, WORDS)), abs=2e-3)


@pytest.mark.parametrize("name", WRAPPERS)
def test_attention_the_window_and_copies_are_passed_on(name, classifier):
    wrapped = WRAPPERS[name][0](classifier)
    assert isinstance(wrapped, TransparentClassifier)
    assert isinstance(wrapped, VariableClassifier)
    assert values(wrapped, "attention") == pytest.approx(values(classifier, "attention"))
    long = ["dull"] * 300
    assert places_read(wrapped, long) == places_read(classifier, long)
    noisy = wrapped.with_embedding_noise(0.1, 0)
    assert type(noisy) is type(wrapped)
    assert noisy.log_probabilities(["a dull plot"]) != pytest.approx(wrapped.log_probabilities(["a dull plot"]))


def test_integrals_of_a_temperature_of_three_classes_are_those_of_its_own_probabilities(bag, engine):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        bag.module.head = torch.nn.Linear(4, 3, bias=False).requires_grad_(requires_grad=False)
        bag.module.head.weight *= 3
    bag.module.config.num_labels = 3
    three = HeadClassifier(engine, bag, LabelMap(("a", "b", "c"), (0, 1, 2)))
    tempered = TemperedClassifier(three, 0.5)
    text = ClassifiedText(tempered, WORDS, 2)
    whole, empty = text.scores([tuple(range(len(WORDS))), ()])
    assert text.integrals().values.sum() == pytest.approx(whole - empty, rel=0.05, abs=0.02)
    assert not np.allclose(text.integrals().values, 2 * ClassifiedText(three, WORDS, 2).integrals().values, atol=1e-2)


def test_a_wrapper_of_a_wrapper_passes_on_too(bag, classifier):
    twice = TemperedClassifier(ReorderedClassifier(classifier, ("yes", "no"), (1, 0)), 2.0)
    assert values(twice, "integrated_gradients") == pytest.approx(-0.5 * np.array(weights_of(bag, WORDS)), abs=2e-3)


def test_gradients_of_an_ensemble_are_those_of_the_mean_probability(bag, classifier, engine):
    other = dataclasses.replace(bag, module=bag.module.__class__(len(bag.tokenizer)).eval(), identity="other bag")
    other.module.requires_grad_(requires_grad=False)
    members = [classifier, HeadClassifier(engine, other, LabelMap(("no", "yes"), (0, 1)))]
    ensemble = EnsembleClassifier(members)
    odds = [np.diff(each.log_probabilities([" ".join(WORDS)])[0])[0] for each in members]
    p = 1 / (1 + np.exp(-np.array(odds)))
    slopes = p * (1 - p) / 2 / (p.mean() * (1 - p.mean()))  # of the log-odds of the mean by those of each member
    expected = sum(
        slope * np.array(weights_of(model, WORDS)) for slope, model in zip(slopes, (bag, other), strict=True)
    )
    assert values(ensemble, "gradient_x_input") == pytest.approx(expected, abs=2e-3)
    assert places_read(ensemble, ["dull"] * 300) == places_read(classifier, ["dull"] * 300)
    for method, reason in {"integrated_gradients": "embeddings of its own", "attention": "no single map"}.items():
        with pytest.raises(NotMeasurableError, match=reason):
            values(ensemble, method)


def test_a_wrapped_classifier_of_answers_alone_refuses_and_reads_all_words(classifier):
    class Served:
        labels = classifier.labels
        log_probabilities = staticmethod(classifier.log_probabilities)
        token_count = staticmethod(classifier.token_count)

    tempered = TemperedClassifier(Served(), 2.0)
    assert places_read(tempered, ["dull"] * 300) == range(300)
    with pytest.raises(NotMeasurableError, match="not on this machine"):
        values(tempered, "integrated_gradients")
