import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification

from leaderboard.backends.capability import Capability
from leaderboard.backends.kind import ModelKind
from leaderboard.cache.prepared_subjects import ensure_prepared
from leaderboard.data.examples import TextExample
from leaderboard.errors import LeaderboardError, NotMeasurableError, RequestError
from leaderboard.recipes import trained_subjects
from leaderboard.recipes.as_is import AsIs
from leaderboard.recipes.finetune import Finetune
from leaderboard.recipes.lora import Lora
from tests.recipes.conftest import load_folder, task_of

FAST = {"learning_rate": 3e-3, "epochs": 5, "batch_size": 4, "max_length": 32, "dropout": 0.0}


def accuracy(subject, examples):
    log_probabilities = subject.classifier().log_probabilities([example.content for example in examples])
    return np.mean(log_probabilities.argmax(1) == [example.label for example in examples])


def prepare(recipe, preparing, model, lesson, **more):
    return recipe.prepare(preparing(model, lesson.task, lesson.splits, **more))


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    "recipe", [Finetune(**FAST), Lora(**FAST | {"epochs": 6}, adapter_dropout=0.0)], ids=["full", "lora"]
)
@pytest.mark.parametrize("family", ["encoder", "masked", "causal"])
def test_any_kind_of_model_learns_to_classify(recipe, family, request, preparing, praise):
    model = request.getfixturevalue(family)
    before = {name: value.clone() for name, value in model.module.state_dict().items()}
    subject = prepare(recipe, preparing, model, praise)
    assert subject.training_seconds > 0
    assert accuracy(subject, praise.splits["test"]) > 0.9
    assert {
        Capability.CLASSIFY,
        Capability.ATTRIBUTE,
        Capability.HIDDEN_STATES,
        Capability.WEIGHTS,
    } == subject.capabilities
    assert subject.model.kind is ModelKind.CLASSIFIER
    assert all(value.equal(before[name]) for name, value in model.module.state_dict().items())


@pytest.mark.slow
@pytest.mark.parametrize("method", ["bottleneck", "adalora", "ia3"])
def test_every_method_of_adapters_learns_and_is_loaded_as_it_was(method, preparing, causal, praise):
    rank = {} if method == "ia3" else {"rank": 4}
    recipe = Lora(**FAST | {"epochs": 8}, method=method, **rank)
    subject = prepare(recipe, preparing, causal, praise)
    assert accuracy(subject, praise.splits["test"]) > 0.9
    other = prepare(AsIs(), preparing, load_folder(subject.model.folder), praise)
    texts = [example.text for example in praise.splits["test"][:4]]
    assert np.array_equal(other.classifier().log_probabilities(texts), subject.classifier().log_probabilities(texts))


def test_the_rate_of_a_method_is_used_where_none_is_set():
    assert Lora().learning_rate == Lora(method="lora").learning_rate == 5e-4
    assert Lora(method="adalora").details["learning_rate"] == Lora(method="ia3").learning_rate == 5e-3
    assert Lora(method="bottleneck").learning_rate == 2e-3
    assert Lora(method="adalora", learning_rate=5e-4).learning_rate == 5e-4
    with pytest.raises(ValueError, match="method"):
        Lora(method="prefix")


def test_a_method_is_in_the_identity_unless_it_is_the_first():
    assert "method" not in Lora().details
    assert Lora().details == Lora(method="lora").details
    assert Lora(method="ia3").details["method"] == "ia3"
    assert Lora.model_validate(Lora(method="ia3").model_dump(mode="json")) == Lora(method="ia3")


@pytest.mark.parametrize(
    ("settings", "name"),
    [({"method": "ia3", "rank": 4}, "rank"), ({"method": "bottleneck", "alpha": 4}, "alpha")],
)
def test_a_setting_that_a_method_does_not_have_is_refused(settings, name):
    with pytest.raises(ValueError, match=f"{name} has no effect with method"):
        Lora(**settings)


@pytest.mark.slow
def test_an_encoder_learns_to_tag_words(preparing, encoder, people):
    subject = prepare(Finetune(**FAST), preparing, encoder, people)
    words = ("The", "doctor", "laughed")
    (log_probabilities,) = subject.tagger().log_probabilities([words])
    assert log_probabilities.shape == (3, 3)
    assert log_probabilities.argmax(1).tolist() == [0, 1, 0]
    assert subject.capabilities == {Capability.TAG, Capability.HIDDEN_STATES, Capability.WEIGHTS}


@pytest.mark.slow
def test_an_encoder_learns_to_choose(preparing, encoder, questions):
    subject = prepare(Finetune(**FAST | {"epochs": 8}), preparing, encoder, questions)
    test = questions.splits["test"]
    scores = subject.chooser().scores([(example.question, example.choices) for example in test])
    assert (
        np.mean([choice_scores.argmax() == example.answer for choice_scores, example in zip(scores, test, strict=True)])
        > 0.9
    )
    assert subject.capabilities == {Capability.CHOOSE, Capability.HIDDEN_STATES, Capability.WEIGHTS}


@pytest.mark.slow
def test_pairs_of_texts_are_classified(preparing, encoder):
    """The class is the second text's word; the same words stand in the first one."""
    words = ("film", "doctor")
    pairs = [(words[i % 2], words[i // 2 % 2]) for i in range(64)]
    examples = [
        TextExample(id=str(i), text=f"{first} {i}", second=second, label=words.index(second))
        for i, (first, second) in enumerate(pairs)
    ]
    subject = Finetune(**FAST).prepare(preparing(encoder, task_of("second", "classification"), {"train": examples}))
    assert accuracy(subject, examples) == 1.0


@pytest.mark.slow
def test_what_was_trained_is_found_again(preparing, encoder, praise, monkeypatch):
    first = prepare(Finetune(**FAST), preparing, encoder, praise)
    monkeypatch.setattr(trained_subjects, "train_on", lambda *_, **__: pytest.fail("trained again"))
    again = prepare(Finetune(**FAST), preparing, encoder, praise)
    assert again.model.identity == first.model.identity
    # What follows training needs no other training.
    prepare(Finetune(**FAST, temperature=2.0, prune=0.3, drop_layers=1), preparing, encoder, praise)


@pytest.mark.slow
@pytest.mark.usefixtures("trained_once")
def test_another_seed_or_setting_is_another_training(preparing, encoder, praise):
    settings = FAST | {"epochs": 1}
    changes = [{}, {"seed": 1}, {"epochs": 2}, {"label_smoothing": 0.1}]
    subjects = [
        prepare(
            Finetune(**settings | {name: value for name, value in change.items() if name != "seed"}),
            preparing,
            encoder,
            praise,
            seed=change.get("seed", 0),
        )
        for change in changes
    ]
    assert len({subject.model.identity for subject in subjects}) == len(changes)


@pytest.mark.slow
@pytest.mark.usefixtures("trained_once")
def test_the_folder_is_an_ordinary_one(preparing, encoder, praise):
    subject = prepare(Finetune(**FAST), preparing, encoder, praise)
    module = AutoModelForSequenceClassification.from_pretrained(subject.model.folder)
    assert module.config.id2label == {0: "negative", 1: "positive"}
    record = json.loads((subject.model.folder / "subject.json").read_text())
    assert record["log"]["best_epoch"] >= 1
    assert record["task"] == "praise"


@pytest.mark.slow
@pytest.mark.usefixtures("trained_once")
def test_by_its_path_it_answers_as_it_did(preparing, encoder, praise):
    subject = prepare(Finetune(**FAST), preparing, encoder, praise)
    texts = [example.text for example in praise.splits["test"]] + ["a " * 100]
    other = prepare(AsIs(), preparing, load_folder(subject.model.folder), praise)
    assert np.array_equal(other.classifier().log_probabilities(texts), subject.classifier().log_probabilities(texts))


@pytest.mark.slow
def test_members_are_recorded_and_the_reference_is_trained_when_used(preparing, encoder, praise, monkeypatch):
    subject = prepare(Finetune(**FAST | {"epochs": 1}), preparing, encoder, praise)
    assert len(subject.training.members) == 60
    assert len(subject.training.nonmembers) == 20
    trained = []
    train_on = trained_subjects.train_on
    monkeypatch.setattr(
        trained_subjects, "train_on", lambda *args, **more: trained.append(1) or train_on(*args, **more)
    )
    texts = [example.text for example in praise.splits["test"]]
    reference = subject.training.reference()
    assert trained == [1]
    assert not np.allclose(reference.log_probabilities(texts), subject.classifier().log_probabilities(texts))


@pytest.mark.slow
@pytest.mark.usefixtures("trained_once")
def test_a_reference_has_nothing_that_tells_it_to_stop_early(preparing, encoder, praise):
    subject = prepare(Finetune(**FAST | {"epochs": 1}, early_stopping=1), preparing, encoder, praise)
    assert subject.training.reference().log_probabilities(["a great film"]).shape == (1, 2)


@pytest.mark.slow_after(1)
@pytest.mark.usefixtures("trained_once")
@pytest.mark.parametrize(("epochs", "notes"), [(1, ()), (2, ("of 2 epochs the weights of the one that did best",))])
def test_a_note_says_that_the_best_epoch_is_kept(preparing, encoder, praise, epochs, notes):
    subject = prepare(Finetune(**FAST | {"epochs": epochs}), preparing, encoder, praise)
    assert len(subject.notes) == len(notes)
    assert all(note.startswith(start) for note, start in zip(subject.notes, notes, strict=True))


@pytest.mark.usefixtures("trained_once")
def test_training_examples_are_recorded(preparing, encoder, praise):
    subject = prepare(Finetune(**FAST), preparing, encoder, praise)
    assert len(subject.trained_on) == 60
    assert "praise: train-0" in subject.trained_on.values()


@pytest.mark.usefixtures("trained_once")
def test_word_gradients_of_both_classes_weighed_by_probability_cancel(preparing, encoder, praise):
    classifier = prepare(Finetune(**FAST), preparing, encoder, praise).classifier()
    words = "The film was a great story".split()
    probability = np.exp(classifier.log_probabilities([" ".join(words)])[0])
    gradients = [classifier.word_gradients(words, label) for label in range(2)]
    assert np.abs(gradients).max() > 0
    assert probability @ gradients == pytest.approx(np.zeros(6), abs=1e-5)


@pytest.mark.usefixtures("trained_once")
def test_an_answer_computed_afresh_is_the_remembered_one(preparing, encoder, praise):
    classifier = prepare(Finetune(**FAST), preparing, encoder, praise).classifier()
    text = "The film was a great story."
    assert classifier.answer(text) == pytest.approx(classifier.log_probabilities([text])[0], abs=1e-5)
    assert classifier.token_count(text) == len(encoder.tokenizer(text).input_ids)


@pytest.mark.slow
class TestSequence:
    @pytest.fixture
    def inverted(self, praise):
        """The same films, judged the other way round."""
        task = task_of("turned", "classification")
        splits = {
            name: [
                each.model_copy(update={"label": 1 - each.label, "text": f"Again: {each.text}"}) for each in examples
            ]
            for name, examples in praise.splits.items()
        }
        return replace(praise, task=task, digest=task.digest, splits=splits)

    def prepare(self, preparing, encoder, praise, inverted, **more):
        recipe = Finetune(**FAST | {"epochs": 10}, sequence=("praise", "turned"), **more)
        lessons = {"praise": praise, "turned": inverted}
        return recipe.prepare(preparing(encoder, inverted.task, inverted.splits, lessons=lessons))

    def test_what_comes_later_makes_forget(self, preparing, encoder, praise, inverted):
        subject = self.prepare(preparing, encoder, praise, inverted)
        assert list(subject.stages) == ["praise", "turned"]
        test = praise.splits["test"]
        at_first = subject.stages["praise"].log_probabilities([each.text for each in test]).argmax(1)
        assert np.mean(at_first == [each.label for each in test]) > 0.9
        assert accuracy(subject, inverted.splits["test"]) > 0.9
        assert accuracy(subject, test) <= 0.5
        assert len(subject.trained_on) == 120

    def test_replay_is_learned_again(self, preparing, encoder, praise, inverted, monkeypatch):
        sizes = []
        train_on = trained_subjects.train_on
        monkeypatch.setattr(
            trained_subjects,
            "train_on",
            lambda devices, make, objective, *a, **k: (
                sizes.append(len(objective.rows)) or train_on(devices, make, objective, *a, **k)
            ),
        )
        self.prepare(preparing, encoder, praise, inverted, replay=0.5)
        assert sizes == [60, 90]

    def test_tasks_with_other_labels_are_refused(self, preparing, encoder, praise, inverted):
        other = replace(inverted, task=task_of("turned", "classification", labels=["bad", "good"]))
        with pytest.raises(RequestError, match=r"other labels \(praise: negative, positive; turned: bad, good\)"):
            self.prepare(preparing, encoder, praise, other)


def subjects():
    from leaderboard.settings import cache_folder

    folder = cache_folder() / "subjects"
    return [path.name for path in folder.iterdir() if len(path.name) == 64] if folder.exists() else []


def test_one_class_in_train_is_refused_and_nothing_is_kept(preparing, encoder, praise):
    one = [each for each in praise.splits["train"] if each.label == 1]
    with pytest.raises(RequestError, match="all 30 training examples have label 1"):
        Finetune(**FAST).prepare(preparing(encoder, praise.task, {**praise.splits, "train": one}))
    assert subjects() == []


def test_a_length_above_the_model_s_is_refused(preparing, encoder, praise):
    with pytest.raises(RequestError, match=r"recipe.max_length 512: .* reads at most 128"):
        prepare(Finetune(max_length=512), preparing, encoder, praise)
    assert subjects() == []


def test_training_that_diverges_is_an_error_and_nothing_is_kept(preparing, encoder_folder, praise, tmp_path):
    folder = shutil.copytree(encoder_folder, tmp_path / "broken")
    weights = load_file(folder / "model.safetensors")
    weights["encoder.layer.1.output.dense.weight"][:] = float("inf")
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(LeaderboardError, match=r"diverged at step[\s\S]*Lower recipe.learning_rate"):
        prepare(Finetune(**FAST), preparing, load_folder(folder), praise)
    assert subjects() == []


def test_a_task_without_training_data_is_not_measured(preparing, encoder, praise):
    splits = {"test": praise.splits["test"]}
    bare = praise.task.model_copy(update={"data": praise.task.data.model_copy(update={"splits": {}})})
    with pytest.raises(NotMeasurableError, match="no labelled data in a split 'train'"):
        Finetune(**FAST).prepare(preparing(encoder, bare, splits))


@pytest.mark.slow
def test_a_prepared_folder_that_was_damaged_is_made_again(preparing, encoder, praise):
    recipe = Finetune(**FAST | {"epochs": 1})
    first = prepare(recipe, preparing, encoder, praise)
    weights = first.model.folder / "model.safetensors"
    good = weights.read_bytes()
    weights.write_bytes(good[:100])
    again = prepare(recipe, preparing, encoder, praise)
    assert (again.model.folder / "model.safetensors").read_bytes() == good
    assert ensure_prepared(again.model.folder.name, lambda _: pytest.fail("made again")) == again.model.folder
