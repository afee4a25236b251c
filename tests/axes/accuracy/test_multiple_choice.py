from types import SimpleNamespace

import numpy as np
import pytest

from leaderboard.axes.accuracy.multiple_choice import MultipleChoice, MultipleChoiceParameters
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import estimates

QUESTIONS = [
    ChoiceExample(id=str(number), question=f"Which is {number}?", choices=("a film", "dull", "the best"), answer=1)
    for number in range(4)
]
EMPTY = ChoiceExample(id="empty", question="Which of these?", choices=("", "dull", "good"), answer=1)


@pytest.fixture
def protocol():
    return MultipleChoice(MultipleChoiceParameters(separator=""))


def test_a_question_that_cannot_be_asked_leaves_the_others(protocol, causal):
    alone = list(protocol.observe(Subject(local_model(causal)), {"test": QUESTIONS}, seed=0))
    observations = list(
        protocol.observe(Subject(local_model(causal)), {"test": [*QUESTIONS[:2], EMPTY, *QUESTIONS[2:]]}, seed=0)
    )
    assert [each for each in observations if each.example_id != "empty"] == alone
    assert estimates(protocol, observations) == estimates(protocol, alone)
    assert protocol.notes(observations) == ("1 example was left out of 5: a choice adds no token to its question",)
    assert [protocol.answer(each) is None for each in observations] == [False, False, True, False, False]
    assert set(protocol.resampled(observations)["accuracy", ""].ids) == set("0123")


def test_questions_none_of_which_can_be_asked_are_not_measured(protocol, causal):
    with pytest.raises(NotMeasurableError, match="adds no token"):
        list(protocol.observe(Subject(local_model(causal)), {"test": [EMPTY]}, seed=0))


@pytest.mark.parametrize("scores", ["scores", "loglikelihoods"])
def test_choices_with_one_score_are_noted(protocol, scores):
    data = {"answer": 1, scores: [-1.0, -1.0, -2.0], "characters": [3, 3, 3]}
    _, note = protocol.notes([Observation("a", data), Observation("b", {"left_out": "no token"})])
    assert note.startswith("1 of 1 answers are ties: several choices")


CHINESE = ("喜出望外", "好", "非常满意 wifi 很快", "ok", "ｏｋ，下次再来！")
"""Choices whose order by length in characters differs from that in bytes."""


@pytest.mark.slow  # imports lm-evaluation-harness
def test_normalised_accuracy_in_chinese_counts_characters_as_the_harness_does(protocol):
    from lm_eval.api.task import ConfigurableTask

    task = SimpleNamespace(
        OUTPUT_TYPE="multiple_choice",
        config=SimpleNamespace(process_results=None),
        _metric_fn_list={"acc": None, "acc_norm": None, "acc_bytes": None},
        multiple_input=0,
        multiple_target=0,
        doc_to_choice=lambda _: list(CHINESE),
        doc_to_target=lambda doc: doc["answer"],
    )
    rng = np.random.default_rng(0)
    ours, theirs, by_bytes = [], [], []
    for number in range(200):
        likelihoods = (-rng.gamma(4.0, [len(choice) for choice in CHINESE])).tolist()
        answer = int(rng.integers(len(CHINESE)))
        results = ConfigurableTask.process_results(task, {"answer": answer}, [(value, False) for value in likelihoods])
        theirs.append((results["acc"], results["acc_norm"]))
        by_bytes.append(results["acc_bytes"])
        data = {"answer": answer, "loglikelihoods": likelihoods, "characters": [len(choice) for choice in CHINESE]}
        values = estimates(protocol, [Observation(str(number), data)])
        ours.append((values["accuracy", ""].value, values["accuracy_norm", ""].value))
    assert ours == theirs
    assert [norm for _, norm in ours] != by_bytes


def test_the_length_of_a_chinese_choice_is_its_number_of_characters(protocol, causal):
    example = ChoiceExample(id="1", question="好吗？", choices=CHINESE, answer=0)
    (observation,) = protocol.observe(Subject(local_model(causal)), {"test": [example]}, seed=0)
    assert observation.data["characters"] == [4, 1, 12, 2, 8]
