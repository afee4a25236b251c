"""Prompt formats: spread over prompts by hand, prompts of real classifiers, refusals, and noise without utility."""

import numpy as np
import pytest
from pydantic import ValidationError

from leaderboard.axes.ood import OOD_ACCURACY
from leaderboard.axes.ood.format_spread import estimate_spread, resampled_spread
from leaderboard.axes.ood.prompt_formats import PromptFormatParameters, PromptFormats
from leaderboard.axes.protocol import Observation
from leaderboard.backends.classifiers import PromptedClassifier
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TextExample
from leaderboard.errors import NotMeasurableError
from leaderboard.ranking.utility_scale import task_anchors, utility
from leaderboard.testing.models import NamedModel, local_model
from leaderboard.testing.protocols import ProtocolContract

FORMATS = {
    "question": {"template": "{{ text }} Is this {{ options }}?", "choices": [" bad", " good"]},
    "capitals": {"template": "TEXT: {{ text }}", "choices": [" BAD", " GOOD"]},
}
PROTOCOL = PromptFormats(PromptFormatParameters.model_validate({"formats": FORMATS}))
LABELS = ("negative", "positive")


def answers(**right):
    """Return observations of texts of class 1, from whether each prompt gets each text right."""
    return [
        Observation(
            f"{name}:{text}",
            {
                "distribution": name,
                "unit": str(text),
                "label": 1,
                "log_probabilities": np.log([0.3, 0.7] if each else [0.7, 0.3]).tolist(),
            },
        )
        for name, texts in right.items()
        for text, each in enumerate(texts)
    ]


def numbers_of(observations):
    return {(m.metric.name, m.part): m.estimate for m in PROTOCOL.estimate(observations)}


def test_by_hand():
    """Accuracies of 3/4, 2/4 and 1/4: mean of the others 3/8, deviation 1/4; texts 1, 2 and 3 change their answer."""
    numbers = numbers_of(answers(test=[1, 1, 1, 0], question=[1, 1, 0, 0], capitals=[1, 0, 0, 0]))
    assert numbers["worst_format_accuracy", ""].value == 0.25
    assert numbers["best_format_accuracy", ""].value == 0.75
    assert numbers["format_spread", ""].value == 0.5
    assert numbers["format_deviation", ""].value == pytest.approx(np.std([0.75, 0.5, 0.25], ddof=1))
    assert numbers["ood_accuracy", ""].value == pytest.approx(3 / 8)
    assert numbers["ood_drop", ""].value == pytest.approx(3 / 8)
    assert numbers["worst_case_accuracy", ""].value == 0.25
    assert numbers["invariance_failures", ""].value == 0.5
    assert numbers["invariance_failures", "question"].value == 0.25


def test_intervals_resample_texts_with_all_of_their_answers():
    rng = np.random.default_rng(0)
    right = rng.random(150) < 0.6
    spread = numbers_of(answers(test=right, question=right, capitals=right))["format_spread", ""]
    assert (spread.value, spread.low) == (0.0, None)  # no resample has any spread
    other = numbers_of(answers(test=right, question=rng.random(150) < 0.6, capitals=right))
    assert other["format_spread", ""].high - other["format_spread", ""].low > 0.05
    assert other["worst_format_accuracy", ""].n == 150


@pytest.mark.parametrize(
    "observations", [[], answers(test=[1, 0]), answers(question=[1], capitals=[0]), answers(test=[1], question=[])]
)
def test_without_texts_or_other_prompts_nothing_is_measured(observations):
    assert resampled_spread(observations, "test") == {}
    measurements = estimate_spread(observations, "test")
    assert len(measurements) == 4
    assert all("several prompts" in each.estimate.reason for each in measurements)


def test_a_text_without_an_answer_to_one_prompt_does_not_count():
    numbers = numbers_of(answers(test=[1, 1, 0], question=[1, 0]))
    assert (numbers["worst_format_accuracy", ""].value, numbers["worst_format_accuracy", ""].n) == (0.5, 2)


def test_answers_at_random_have_no_utility():
    rng = np.random.default_rng(0)
    noise = answers(**{name: rng.random(2000) < 0.5 for name in ("test", "question", "capitals")})
    number = PROTOCOL.resampled(noise)["ood_accuracy", ""]
    value = float(number.value(np.ones((1, len(number.ids))))[0])
    definition = {"protocol": "prompt_formats", "data": {"labels": ["bad", "good"]}}
    assert utility(OOD_ACCURACY, value, task_anchors({"task": definition})["task", "ood_accuracy"]) <= 0.05
    assert [metric.name for metric in PROTOCOL.metrics if metric.headline] == ["ood_accuracy"]


def test_a_format_cannot_have_the_name_of_the_own_prompt():
    with pytest.raises(ValidationError, match="'test' is the name of the task's own prompt"):
        PromptFormatParameters.model_validate({"formats": {"test": FORMATS["question"]}})
    with pytest.raises(ValidationError, match="no field 'txt'"):
        PromptFormatParameters.model_validate({"formats": {"x": {**FORMATS["question"], "template": "{{ txt }}"}}})


class Fixed:
    """A classifier with one answer, and no prompt."""

    labels = LABELS

    def log_probabilities(self, texts):
        return np.log([[0.4, 0.6]] * len(texts))

    def answer(self, text):
        return self.log_probabilities([text])[0]

    def token_count(self, text):
        return len(text)


class Worded(Fixed):
    """Finds texts positive whose rendered prompt has capital letters alone."""

    def __init__(self, template="{{ text }}", choices=(" bad", " good")):
        self.template, self.choices = template, choices

    def log_probabilities(self, texts):
        capitals = [self.template.replace("{{ text }}", text).isupper() for text in texts]
        return np.log([[0.2, 0.8] if each else [0.8, 0.2] for each in capitals])

    def with_prompt(self, template, choices):
        return Worded(template, choices)


def answers_of(classifier, protocol=PROTOCOL):
    texts = [TextExample(id=str(at), text=text, label=at % 2) for at, text in enumerate(["A", "B", "c", "d"])]
    return list(protocol.observe(Subject(NamedModel(), classifier), {"test": texts}, seed=0))


def test_each_text_is_classified_with_each_prompt():
    observations = answers_of(Worded())
    assert [each.example_id for each in observations][::4] == ["test:0", "question:0", "capitals:0"]
    predictions = {each.example_id: each.data["predicted"] for each in observations}
    assert (predictions["test:0"], predictions["question:0"], predictions["capitals:0"]) == (
        "positive", "negative", "positive",
    )  # fmt: skip


def test_a_classifier_without_a_prompt_is_not_measured():
    with pytest.raises(NotMeasurableError, match="not those of a prompt"):
        answers_of(Fixed())


def test_choices_for_other_classes_are_refused():
    formats = {"three": {"template": "{{ text }}", "choices": ["a", "b", "c"]}}
    with pytest.raises(NotMeasurableError, match="3 choices"):
        answers_of(Worded(), PromptFormats(PromptFormatParameters.model_validate({"formats": formats})))


class TestPromptFormats(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PROTOCOL

    @pytest.fixture
    def subject(self, encoder):
        assert isinstance(Worded(), PromptedClassifier)
        return Subject(local_model(encoder), Worded())

    @pytest.fixture
    def splits(self):
        return {"test": [TextExample(id=str(at), text="aA"[at % 2] * (at + 1), label=at % 3 % 2) for at in range(9)]}
