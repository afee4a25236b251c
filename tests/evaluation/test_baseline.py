"""The bag of words beside a subject: the same data, the same examples, and nothing of it takes a measurement along."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from leaderboard.axes.accuracy import OVER_BAG_OF_WORDS
from leaderboard.axes.accuracy.classification import Classification
from leaderboard.axes.protocol import Observation, Parameters
from leaderboard.data.examples import TextExample
from leaderboard.data.portions import Portion
from leaderboard.errors import NotMeasurableError
from leaderboard.evaluation import baseline as module
from leaderboard.evaluation.baseline import Baseline
from leaderboard.evaluation.task_data import TaskData
from leaderboard.recipes import bag_of_words
from leaderboard.recipes.bag_of_words import BagOfWords
from leaderboard.stats.estimate import Status
from leaderboard.store.frames import estimates_frame
from tests.synthetic.tasks import small_task


def texts(*pairs):
    return [TextExample(id=str(number), text=text, label=label) for number, (text, label) in enumerate(pairs)]


def planned(task, prepared_for=None, **changes):
    fields = {"portion": Portion.WHOLE, "limit": None, "seed": 0, "protocol": Classification(Parameters())}
    return SimpleNamespace(task=task, subject=SimpleNamespace(adapt_to=prepared_for or task), **fields | changes)


def seen_of(examples):
    return [Observation(example.id, {"label": example.label}) for example in examples]


def test_it_is_what_scikit_learn_makes_of_words():
    learned = texts(("good film", 1), ("good story", 1), ("bad film", 0), ("bad dull story", 0), ("nothing", None))
    questions = texts(("a good one", None), ("bad bad", None), ("film film dull", None), ("", None))
    words = TfidfVectorizer(token_pattern=r"(?u)\w+").fit([each.text for each in learned[:4]])
    regression = LogisticRegression().fit(words.transform([each.text for each in learned[:4]]), [1, 1, 0, 0])
    expected = regression.predict(words.transform([each.text for each in questions]))
    assert BagOfWords(learned).classes(questions).tolist() == expected.tolist()
    assert BagOfWords(learned).classes([]).tolist() == []


def test_characters_of_chinese_are_words():
    bag = BagOfWords(texts(("这部电影很好看", 1), ("故事很好", 1), ("这部电影太差", 0), ("结局很差", 0)))
    assert bag.classes(texts(("演员也好", None), ("音乐差极", None))).tolist() == [1, 0]


def test_the_words_of_both_texts_of_a_pair_count():
    pairs = [
        TextExample(id=str(number), text="the same", second=second, label=label)
        for number, (second, label) in enumerate([("not so", 0), ("not at all", 0), ("yes", 1), ("yes indeed", 1)])
    ]
    assert BagOfWords(pairs).classes(pairs).tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("examples", [texts(("one", 1), ("two", 1)), texts(("…", 0), ("!!", 1)), []])
def test_what_cannot_be_learned_from_is_refused(examples):
    with pytest.raises(NotMeasurableError, match="a bag of words"):
        BagOfWords(examples)


def test_long_training_data_are_thinned_evenly(monkeypatch):
    monkeypatch.setattr(bag_of_words, "MAX_CHARACTERS", 40)
    examples = texts(*((f"text number {number}", number % 2) for number in range(9)))
    kept = bag_of_words._thin(examples)  # 117 characters: every third text
    assert [example.id for example in kept] == ["0", "3", "6"]


def test_each_bag_is_learned_once_and_each_set_of_examples_answered_once(world, monkeypatch):
    counts = []
    kind = module.BagOfWords
    monkeypatch.setattr(module, "BagOfWords", lambda examples: counts.append(len(examples)) or kind(examples))
    catalogue = world.catalogue()
    data = TaskData(catalogue, offline=True)
    task = catalogue.task("small")
    test = data.splits(task, TextExample)["test"]
    first = data.baseline.with_baseline_answers(planned(task), {"test": test}, seen_of(test))
    second = data.baseline.with_baseline_answers(planned(task), {"test": test}, seen_of(test))
    few = data.baseline.with_baseline_answers(planned(task, limit=2), {"test": test[:2]}, seen_of(test[:2]))
    assert len(counts) == 1
    assert first == second
    assert few == first[:2]
    assert np.mean([each.data["bag_of_words"] == each.data["label"] for each in first]) == 1.0


def test_it_learns_what_the_subject_learned_and_answers_in_the_order_of_the_measured_labels(world):
    reading = {"header": False, "fields": {"id": 0, "label": 1, "text": 2}}
    small_task(world.tasks, name="other")
    catalogue = world.catalogue()
    small, other = catalogue.task("small"), catalogue.task("other")
    values = reading | {"label_values": {"0": "negative", "1": "positive"}}
    splits = {"test": other.data.splits["test"]}
    turned = other.data.model_copy(update={"labels": ("positive", "negative"), "splits": splits})
    turned = type(turned).model_validate(turned.model_dump() | {"read": values})
    task = other.model_copy(update={"data": turned})
    task._file = other.file
    catalogue.tasks["other"] = task
    data = TaskData(catalogue, offline=True)
    test = data.splits(task, TextExample)["test"]
    observations = data.baseline.with_baseline_answers(planned(task, small), {"test": test}, seen_of(test))
    assert {(each.data["label"], each.data["bag_of_words"]) for each in observations} == {(0, 0), (1, 1)}


def test_a_task_that_nothing_can_be_learned_for_is_measured_without(world):
    catalogue = world.catalogue()
    task = catalogue.task("small")
    bare = task.model_copy(update={"data": task.data.model_copy(update={"splits": {"test": task.data.splits["test"]}})})
    observations = seen_of(texts(("good", 1)))
    assert Baseline(catalogue, {}.get).with_baseline_answers(planned(bare), {"test": ()}, observations) == observations

    def unreachable(task, example):
        raise OSError("no network")

    broken = Baseline(catalogue, unreachable)
    for _ in range(2):
        assert broken.with_baseline_answers(planned(task), {"test": ()}, observations) == observations


def test_a_portion_that_a_search_looks_at_is_measured_without(world):
    catalogue = world.catalogue()
    observations = seen_of(texts(("good", 1)))
    plan = planned(catalogue.task("small"), portion=Portion.SEARCH)
    assert (
        TaskData(catalogue, offline=True).baseline.with_baseline_answers(plan, {"test": ()}, observations)
        is observations
    )


def observed(rights, baseline):
    """Ten examples of class 0, answered rightly by the subject and the bag of words where these say so."""
    for number, (right, other) in enumerate(zip(rights, baseline, strict=True)):
        log_probabilities = [-0.1, -2.4] if right else [-2.4, -0.1]
        names = {"true": "a", "predicted": "ab"[not right]}
        data = {"label": 0, "log_probabilities": log_probabilities, "bag_of_words": int(not other), **names}
        yield Observation(str(number), data)


def test_the_difference_is_paired():
    rights, baseline = [1] * 90 + [0] * 10, [1] * 70 + [0] * 30
    estimates = {
        (each.metric.name, each.part): each.estimate
        for each in Classification(Parameters()).estimate(list(observed(rights, baseline)))
    }
    assert estimates["bag_of_words", ""].value == pytest.approx(0.7)
    difference = estimates["over_bag_of_words", ""]
    assert difference.value == pytest.approx(0.2)
    assert 0.1 < difference.low < 0.2 < difference.high < 0.3  # 20 gained, none lost: much surer than either share
    without = [replace(each, data={**each.data, "bag_of_words": None}) for each in observed(rights, baseline)]
    unknown = next(
        each.estimate for each in Classification(Parameters()).estimate(without) if each.metric is OVER_BAG_OF_WORDS
    )
    assert (unknown.status, unknown.reason) == (Status.NOT_MEASURED, "no bag of words learned these labels")


def test_a_run_stores_it_beside_the_accuracy(world, encoder_folder):
    world.run(world.plans(encoder_folder))
    frame = estimates_frame(world.store).set_index("metric")
    assert frame.loc["bag_of_words", "value"] == 1.0
    accuracy, difference = frame.loc["accuracy", "value"], frame.loc["over_bag_of_words", "value"]
    assert difference == pytest.approx(accuracy - 1.0)
    assert not frame.loc["over_bag_of_words", "headline"]
    assert "over_bag_of_words" in set(estimates_frame(world.store, headline=True)["metric"])
