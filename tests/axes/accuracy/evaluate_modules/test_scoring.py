import json

import numpy as np
import pytest
import sacrebleu

from leaderboard.axes.accuracy.evaluate_modules.estimating import estimate_modules, resampled_modules
from leaderboard.axes.accuracy.evaluate_modules.inputs import Predictions
from leaderboard.axes.accuracy.evaluate_modules.loading import fetch_code
from leaderboard.axes.accuracy.evaluate_modules.scoring import RESAMPLES, choose_keys, with_scores
from leaderboard.axes.accuracy.evaluate_modules.settings import ModuleSettings
from leaderboard.axes.accuracy.evaluate_modules.trust import trusted_code
from leaderboard.axes.protocol import Observation
from leaderboard.errors import RequestError
from leaderboard.stats.estimate import Status
from tests.synthetic.evaluate_modules import CLASS, CORPUS_BLEU, SAME_WORDS, TEXTS, evaluate_module

TEXTS_OF_MODEL = ("the cat sat on the mat", "it rains today in London", "dogs bark", "", "a long road to the sea")
REFERENCES = (
    ("the cat sat on a mat", "a cat sat on the mat"),
    ("it is raining in London today", "rain in London"),
    ("the dogs are barking", "dogs bark"),
    ("nothing", "no answer"),
    ("a long road to the sea", "the long way"),
)
ONE_EACH = tuple(each[:1] for each in REFERENCES)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADERBOARD_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def loaded(tmp_path):
    """Settings of a module as a run completes them."""

    def load(name, *, classes=False, **settings):
        start = ModuleSettings(worst=0, best=1, **settings)
        settings = start.model_copy(update={"code": fetch_code(name, start, tmp_path, offline=True)})
        return settings.model_copy(update={"key": choose_keys(name, settings, classes=classes)})

    return load


def scored(name, settings, texts=TEXTS_OF_MODEL, references=ONE_EACH, numbers=None):
    observations = [Observation(f"{i}", {"text": text}) for i, text in enumerate(texts)]
    with trusted_code({settings.code}):
        scores = with_scores({name: settings}, observations, Predictions(texts, references, numbers))
    json.dumps([each.data for each in scores], allow_nan=False)
    return scores


def estimated(name, settings, observations):
    measurements = estimate_modules({name: settings}, observations)
    return {(each.metric.name, each.part): each.estimate for each in measurements}


def test_the_mean_of_scores_of_examples_keeps_each_of_them(tmp_path, loaded):
    name = evaluate_module(tmp_path, "words", SAME_WORDS)
    settings = loaded(name)
    observations = scored(name, settings)
    shares = [5 / 6, 4 / 6, 1 / 4, 0, 1]
    assert [each.data["evaluate"][name]["scores"]["share"] for each in observations] == pytest.approx(shares)
    number = estimated(name, settings, observations)[f"evaluate:{name}", ""]
    assert number.value == pytest.approx(np.mean(shares))
    assert number.low < number.value < number.high
    assert number.n == 5
    whole = resampled_modules({name: settings}, observations)[f"evaluate:{name}", ""]
    assert whole.value(np.array([[2.0, 0, 0, 0, 0]])) == pytest.approx(5 / 6)


def test_a_corpus_score_is_that_of_sacrebleu_and_so_are_its_resamples(tmp_path, loaded):
    name = evaluate_module(
        tmp_path, "bleu_of_corpus", CORPUS_BLEU, imports="import sacrebleu", inputs=('datasets.Value("string")', TEXTS)
    )
    settings = loaded(name)
    observations = scored(name, settings, references=REFERENCES)
    number = estimated(name, settings, observations)[f"evaluate:{name}", ""]
    streams = [list(each) for each in zip(*REFERENCES, strict=True)]
    assert number.value == sacrebleu.corpus_bleu(list(TEXTS_OF_MODEL), streams).score
    assert number.low < number.value < number.high
    record = observations[0].data["evaluate"][name]["whole"]["score"]
    assert len(record["draws"]) == RESAMPLES
    rows = np.random.default_rng(0).integers(0, 5, 5)
    drawn = [[REFERENCES[row][i] for row in rows] for i in (0, 1)]
    assert record["draws"][0] == sacrebleu.corpus_bleu([TEXTS_OF_MODEL[row] for row in rows], drawn).score
    assert resampled_modules({name: settings}, observations) == {}
    assert estimated(name, settings, observations[::-1])[f"evaluate:{name}", ""] == number
    of_some = estimated(name, settings, observations[:3])[f"evaluate:{name}", ""]
    assert "5 examples together" in of_some.reason


def test_lists_with_a_number_for_each_example_are_scores_of_examples(tmp_path, loaded):
    body = "return {'lengths': [float(len(p)) for p in predictions], 'total': len(predictions), 'pair': [1.0, 2.0]}"
    name = evaluate_module(tmp_path, "lengths", body)
    settings = loaded(name, key="lengths")
    number = estimated(name, settings, scored(name, settings))[f"evaluate:{name}", ""]
    assert number.value == pytest.approx(np.mean([len(text) for text in TEXTS_OF_MODEL]))
    with pytest.raises(RequestError, match="returns no number 'pair'\n  Valid keys: lengths, total"):
        loaded(name, key="pair")


def test_several_numbers_need_a_choice_and_further_keys_are_parts(tmp_path, loaded):
    name = evaluate_module(tmp_path, "two", "return {'first': 1.0, 'second': 2.0, 'text': 'x'}")
    with pytest.raises(RequestError, match=r"several numbers: first, second\n.*key: first"):
        loaded(name)
    settings = loaded(name, key=["second", "first"])
    numbers = estimated(name, settings, scored(name, settings))
    assert (numbers[f"evaluate:{name}", ""].value, numbers[f"evaluate:{name}", "first"].value) == (2.0, 1.0)


def test_the_key_named_after_the_module_is_the_one(tmp_path, loaded):
    name = evaluate_module(tmp_path, "mine", "return {'other': 1.0, 'mine': 2.0}")
    assert loaded(name).key == ("mine",)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise KeyError('no such word')", "cannot score this task: the module failed: KeyError: 'no such word'"),
        ("return None", "returned NoneType 'None', and not numbers by key"),
        ("return {'score': 'good'}", "returns no number, but score"),
        ("return {}", "returns no number, but nothing"),
        ("return {'score': True}", "returns no number, but score"),
        ("raise SystemExit(3)", "the module failed: SystemExit: 3"),
    ],
)
def test_a_module_without_numbers_is_refused_before_a_model_is_loaded(tmp_path, loaded, body, reason):
    with pytest.raises(RequestError) as refusal:
        loaded(evaluate_module(tmp_path, "odd", body))
    assert reason in str(refusal.value)


def test_a_module_that_fails_on_the_answers_alone_is_not_measured(tmp_path, loaded):
    name = evaluate_module(tmp_path, "late", "return {'late': 1 / min(len(each) for each in predictions)}")
    settings = loaded(name)
    observations = scored(name, settings)
    number = estimated(name, settings, observations)[f"evaluate:{name}", ""]
    assert number.status is Status.NOT_MEASURED
    assert number.reason == "the module failed: ZeroDivisionError: division by zero"


def test_nan_is_not_measured(tmp_path, loaded):
    name = evaluate_module(tmp_path, "nan", "return {'nan': float('nan')}")
    settings = loaded(name)
    number = estimated(name, settings, scored(name, settings))[f"evaluate:{name}", ""]
    assert number.status is Status.NOT_MEASURED
    assert "no finite number" in number.reason


def test_of_nothing_nothing_is_measured_and_one_example_has_no_interval(tmp_path, loaded):
    name = evaluate_module(tmp_path, "words", SAME_WORDS)
    settings = loaded(name)
    assert estimated(name, settings, scored(name, settings, (), ()))[f"evaluate:{name}", ""].reason == "no examples"
    number = estimated(name, settings, scored(name, settings, ("a b",), (("a c",),)))[f"evaluate:{name}", ""]
    assert (number.value, number.low, number.n) == (0.5, None, 1)


def test_classes_are_given_as_numbers(tmp_path, loaded):
    body = "return {'agree': sum(p == r for p, r in zip(predictions, references)) / len(predictions)}"
    name = evaluate_module(tmp_path, "agree", body, inputs=(CLASS, CLASS))
    settings = loaded(name, classes=True)
    texts, references = ("no", "yes", "yes"), (("no",), ("no",), ("yes",))
    observations = scored(name, settings, texts, references, ((0, 0), (1, 0), (1, 1)))
    assert estimated(name, settings, observations)["evaluate_score", ""].value == pytest.approx(2 / 3)
    with pytest.raises(RequestError, match="and the task has texts"):
        loaded(name)


def test_several_references_are_refused_by_a_module_that_takes_one(tmp_path, loaded):
    name = evaluate_module(tmp_path, "words", SAME_WORDS)
    settings = loaded(name)
    number = estimated(name, settings, scored(name, settings, references=REFERENCES))[f"evaluate:{name}", ""]
    assert number.reason == "it takes one reference an example, and an example of the task has several"


def test_arguments_reach_the_module(tmp_path, loaded):
    name = evaluate_module(tmp_path, "factor", "return {'factor': factor}", arguments=", factor=1.0")
    settings = loaded(name, arguments={"factor": 3.0})
    numbers = estimated(name, settings.model_copy(update={"worst": 5, "best": 1}), scored(name, settings))
    assert numbers[f"evaluate:{name}", ""].value == 3.0
    assert numbers["evaluate_score", ""].value == 0.5


def test_nothing_is_written_to_the_working_directory_or_the_home(tmp_path, loaded, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(here))
    name = evaluate_module(tmp_path, "words", SAME_WORDS)
    scored(name, loaded(name))
    assert not list(here.iterdir())
