"""Language modelling: targets, loss by hand, and causal models that learn texts by heart."""

import numpy as np
import pytest
import torch

from leaderboard.backends.capability import Capability
from leaderboard.data.examples import RunningText
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.recipes.finetune import Finetune
from leaderboard.recipes.lora import Lora
from leaderboard.tasks import Task
from leaderboard.training.encoding import Encoder
from leaderboard.training.objectives.language_modelling import LanguageModellingObjective
from leaderboard.training.preparation import Lesson
from leaderboard.training.settings import ClassWeights
from tests.recipes.conftest import load_folder, preparing, task_of  # noqa: F401 - a fixture

TEXTS = [RunningText(id=f"row-{n}", text=f"The film was a good story {n}") for n in range(4)]
FAST = {"learning_rate": 1e-2, "epochs": 15, "batch_size": 4, "max_length": 32, "dropout": 0.0}


@pytest.fixture
def objective(causal):
    return LanguageModellingObjective(Encoder.of(causal, 16), TEXTS, TEXTS[:1])


def test_each_token_is_predicted_from_those_before_it(objective, causal):
    (row,) = objective.search
    ids = row.pieces[0].ids
    assert row.targets == tuple(ids[1:])
    assert ids[0] == causal.tokenizer.bos_token_id
    assert len(ids) <= 16


def test_the_loss_is_the_sum_over_tokens_and_padding_does_not_count(objective):
    short = objective.rows[0]
    logits = torch.zeros(4, max(row.length for row in objective.rows), 1000)
    batch = objective.collate(objective.rows)
    expected = sum(objective.weight(row) for row in objective.rows) * np.log(1000)
    assert float(objective.loss(logits, batch)) == pytest.approx(expected, rel=1e-5)
    assert objective.weight(short) == len(short.targets)


def test_the_score_is_the_share_of_right_tokens(objective):
    (row,) = objective.search
    wrong = (-1, *row.targets[1:])
    assert objective.score([(row, row.targets)]) == 1.0
    assert objective.score([(row, wrong)]) == pytest.approx(1 - 1 / len(row.targets))


def test_nothing_to_learn_and_class_weights_are_refused(causal):
    encoder = Encoder.of(causal, 16)
    with pytest.raises(RequestError, match="no text of two tokens"):
        LanguageModellingObjective(encoder, [])
    with pytest.raises(RequestError, match="class_weights"):
        LanguageModellingObjective(encoder, TEXTS, class_weights=ClassWeights.BALANCED)


def lesson() -> Lesson:
    task: Task = task_of("films", "extraction", axis="privacy", metrics=["extraction_rate"])
    return Lesson(task, task.digest, {"train": TEXTS})


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [Finetune(**FAST), Lora(**FAST, adapter_dropout=0.0)], ids=["full", "lora"])
def test_a_causal_model_learns_texts_and_is_loaded_as_it_was(recipe, preparing, causal):  # noqa: F811 - the fixture
    before = {name: value.clone() for name, value in causal.module.state_dict().items()}
    films = lesson()
    subject = recipe.prepare(preparing(causal, films.task, films.splits))
    assert {Capability.LOGLIKELIHOOD, Capability.GENERATE} <= subject.capabilities
    requests = [("The film was", text.text.removeprefix("The film was")) for text in TEXTS]
    learned = subject.likelihood().loglikelihoods(requests)
    unlearned = preparing(causal, films.task, films.splits).model.likelihood().loglikelihoods(requests)
    assert (learned > unlearned + 0.5).all()
    other = preparing(load_folder(subject.model.folder), films.task, films.splits).model
    assert other.likelihood().loglikelihoods(requests) == pytest.approx(learned, rel=1e-4)
    assert all(value.equal(before[name]) for name, value in causal.module.state_dict().items())


def test_a_masked_model_does_not_learn_to_continue_texts(preparing, masked):  # noqa: F811
    films = lesson()
    with pytest.raises(NotMeasurableError, match="trains a causal model to continue texts"):
        Finetune(**FAST).prepare(preparing(masked, films.task, films.splits))
