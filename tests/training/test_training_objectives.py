import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional
from transformers import AutoModelForMultipleChoice, AutoModelForTokenClassification

from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.data.examples import ChoiceExample, TaggedExample, TextExample
from leaderboard.errors import RequestError
from leaderboard.training.objectives.classification import ClassificationObjective, Teacher
from leaderboard.training.objectives.multiple_choice import MultipleChoiceObjective
from leaderboard.training.objectives.objective import balanced
from leaderboard.training.objectives.tagging import TaggingObjective
from leaderboard.training.settings import ClassWeights

LOGITS = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 0.0], [-1.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
LABELS = (0, 0, 0, 2)
TAGS = ("O", "B-PER", "I-PER", "B-LOC")


def labelled(labels=LABELS):
    return [TextExample(id=f"row {n}", text=f"The film {n}", label=label) for n, label in enumerate(labels)]


def mean_loss(objective, logits):
    batch = objective.collate(objective.rows)
    return float(objective.loss(logits, batch)) / sum(objective.weight(row) for row in objective.rows)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_loss_of_a_classification_is_torchs_mean(texts, smoothing):
    objective = ClassificationObjective(texts, 3, labelled(), label_smoothing=smoothing)
    expected = functional.cross_entropy(LOGITS, torch.tensor(LABELS), label_smoothing=smoothing)
    assert mean_loss(objective, LOGITS) == pytest.approx(float(expected))


def test_weighted_loss_is_torchs_weighted_mean(texts):
    objective = ClassificationObjective(texts, 3, labelled(), class_weights=ClassWeights.BALANCED)
    weights = torch.tensor([4 / 6, 0.0, 4 / 2])  # 3 of class 0, none of class 1, 1 of class 2
    expected = functional.cross_entropy(LOGITS, torch.tensor(LABELS), weight=weights)
    assert mean_loss(objective, LOGITS) == pytest.approx(float(expected))


@given(st.lists(st.integers(0, 4), min_size=1))
def test_balanced_classes_weigh_the_same_and_examples_one_in_the_mean(targets):
    weights = balanced(targets, 6)
    totals = np.bincount(targets, weights=weights[targets], minlength=6)
    present = np.bincount(targets, minlength=6) > 0
    assert totals[present] == pytest.approx(len(targets) / present.sum())
    assert not weights[~present].any()


def test_teacher_without_weight_changes_nothing(texts):
    teacher = Teacher(np.log(np.full((4, 3), 1 / 3)), temperature=2.0, alpha=0.0)
    taught = ClassificationObjective(texts, 3, labelled(), teacher=teacher)
    assert mean_loss(taught, LOGITS) == pytest.approx(mean_loss(ClassificationObjective(texts, 3, labelled()), LOGITS))


def test_model_that_agrees_with_its_teacher_has_no_loss(texts):
    teacher = Teacher(LOGITS.double().log_softmax(-1).numpy(), temperature=3.0, alpha=1.0)
    assert mean_loss(ClassificationObjective(texts, 3, labelled(), teacher=teacher), LOGITS) == pytest.approx(
        0, abs=1e-6
    )


def test_distillation_is_the_softened_divergence_and_the_labels(texts):
    # Teacher (3/4, 1/4) has log-odds ln 3; at temperature 2 these are halved: √3 to 1. The model says 1/2, 1/2.
    sure = math.sqrt(3) / (math.sqrt(3) + 1)
    divergence = sure * math.log(2 * sure) + (1 - sure) * math.log(2 * (1 - sure))
    teacher = Teacher(np.log([[0.75, 0.25]] * 2), temperature=2.0, alpha=0.5)
    objective = ClassificationObjective(texts, 2, labelled((0, 1)), teacher=teacher)
    expected = 0.5 * 2.0**2 * divergence + 0.5 * math.log(2)
    assert mean_loss(objective, torch.zeros(2, 2)) == pytest.approx(expected)


def test_teacher_applies_to_rows_in_any_order(texts):
    teacher = Teacher(LOGITS.double().log_softmax(-1).numpy(), temperature=1.0, alpha=1.0)
    objective = ClassificationObjective(texts, 3, labelled(), teacher=teacher)
    batch = objective.collate([objective.rows[index] for index in (2, 0)])
    assert float(objective.loss(LOGITS[[2, 0]], batch)) == pytest.approx(0, abs=1e-6)


def test_teacher_of_other_examples_is_a_mistake(texts):
    with pytest.raises(ValueError, match=r"\(3, 3\) for 4 examples"):
        ClassificationObjective(texts, 3, labelled(), teacher=Teacher(np.zeros((3, 3)), temperature=1.0, alpha=1.0))


def test_accuracy_counts_the_likeliest_class(texts):
    objective = ClassificationObjective(texts, 3, labelled())
    answers = objective.predict(LOGITS, objective.collate(objective.rows))
    assert answers == [(0,), (0,), (1,), (0,)]
    assert objective.score(list(zip(objective.rows, answers, strict=True))) == 0.5


def tagged():
    return [
        TaggedExample(id="a", words=("The", "xyz", "film"), tags=(0, 1, 2)),
        TaggedExample(id="b", words=("story",), tags=(3,)),
    ]


def test_loss_of_tagging_is_that_of_transformers_over_first_pieces(texts, encoder_folder):
    objective = TaggingObjective(texts, TAGS, tagged())
    batch = objective.collate(objective.rows)
    with quietly():
        model = AutoModelForTokenClassification.from_pretrained(encoder_folder, num_labels=4).eval()
    with torch.no_grad():
        theirs = model(**batch.inputs, labels=batch.targets)
        assert mean_loss(objective, theirs.logits) == pytest.approx(float(theirs.loss), rel=1e-5)
    assert (batch.targets != -100).sum() == 4


def test_weight_of_a_sentence_is_that_of_its_words(texts):
    rare = TaggingObjective(
        texts, TAGS, [TaggedExample(id="a", words=("a", "a", "a"), tags=(0, 0, 1))], class_weights=ClassWeights.BALANCED
    )
    assert rare.weight(rare.rows[0]) == pytest.approx(3)
    assert list(rare._weights._by_class) == pytest.approx([0.75, 1.5, 0, 0])


def test_score_of_spans_is_their_strict_f1(texts):
    objective = TaggingObjective(texts, TAGS, tagged(), tagged())
    # Of PER (the whole of xyz film) and LOC, PER was predicted too short: recall 1/2, precision 1/2.
    predictions = list(zip(objective.search, [(0, 1, 0), (3,)], strict=True))
    assert objective.score_name == "span_f1"
    assert objective.score(predictions) == 0.5


def test_score_without_any_span_is_zero(texts):
    objective = TaggingObjective(texts, TAGS, tagged(), [TaggedExample(id="c", words=("film",), tags=(0,))])
    assert objective.score([(objective.search[0], (0,))]) == 0


def test_score_of_tags_that_are_no_spans_is_their_accuracy(texts):
    objective = TaggingObjective(texts, ("NOUN", "VERB", "DET", "X"), tagged(), tagged())
    assert objective.score_name == "token_accuracy"
    assert objective.score(list(zip(objective.search, [(0, 1, 0), (3,)], strict=True))) == 0.75


def test_predicted_tags_are_read_off_first_pieces(texts):
    objective = TaggingObjective(texts, TAGS, tagged())
    logits = torch.zeros(2, 7, 4)
    logits[0, [1, 2, 5], [3, 2, 1]] = 1.0
    assert objective.predict(logits, objective.collate(objective.rows)) == [(3, 2, 1), (0,)]


def question(choices, answer=0, name="a"):
    return ChoiceExample(id=name, question="The film was", choices=choices, answer=answer)


def test_loss_of_choices_is_that_of_transformers(texts, encoder_folder):
    objective = MultipleChoiceObjective(texts, [question(("dull", "wonderful"), 1), question(("a story", "dull"), 0)])
    batch = objective.collate(objective.rows)
    with quietly():
        model = AutoModelForMultipleChoice.from_pretrained(encoder_folder).eval()
    apart = {name: tensor.reshape(2, 2, -1) for name, tensor in batch.inputs.items()}
    with torch.no_grad():
        theirs = model(**apart, labels=batch.targets)
        ours = model(**batch.inputs).logits
    assert torch.equal(ours.flatten(), theirs.logits.flatten())
    assert mean_loss(objective, ours) == pytest.approx(float(theirs.loss))


def test_questions_may_offer_different_numbers_of_choices(texts):
    objective = MultipleChoiceObjective(texts, [question(("a", "b", "c"), 2), question(("a", "b"), 0)])
    logits = torch.tensor([[0.0, 0.0, 0.0, 1.0, 1.0]])
    assert mean_loss(objective, logits) == pytest.approx((math.log(3) + math.log(2)) / 2)
    assert objective.predict(torch.tensor([[0.0, 2.0, 1.0, 0.0, 1.0]]), objective.collate(objective.rows)) == [
        (1,),
        (1,),
    ]


def test_weights_of_classes_are_refused_where_there_are_none(texts):
    with pytest.raises(RequestError, match="class_weights balanced: the choices of questions are no classes"):
        MultipleChoiceObjective(texts, [question(("a", "b"))], class_weights=ClassWeights.BALANCED)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda texts: ClassificationObjective(texts, 2, []), "no labelled example"),
        (lambda texts: TaggingObjective(texts, TAGS, []), "no labelled example"),
        (lambda texts: MultipleChoiceObjective(texts, []), "no labelled example"),
        (lambda texts: ClassificationObjective(texts, 2, labelled((1, 1))), "all 2 training examples have label 1"),
        (lambda texts: TaggingObjective(texts, TAGS, [TaggedExample(id="a", words=("a",), tags=(0,))]), "have tag 0"),
        (
            lambda texts: ClassificationObjective(texts, 2, labelled((0, 1, 2))),
            "'row 2' has label 2, but the head has 2",
        ),
        (lambda texts: ClassificationObjective(texts, 2, labelled((0, 1)), labelled((5,))), "'row 0' has label 5"),
        (lambda texts: TaggingObjective(texts, TAGS[:2], tagged()), "'a' has tag 2, but the head has 2"),
        (
            lambda texts: ClassificationObjective(texts, 2, labelled((0, None))),
            "1 examples have no label to train on: row 1",
        ),
    ],
)
def test_what_cannot_be_learned_is_refused(texts, make, message):
    with pytest.raises(RequestError, match=message):
        make(texts)
