"""Latency of answers other than classes: tags of sentences, and answers to multiple-choice questions."""

import pytest
import torch

from leaderboard.axes.accuracy.multiple_choice import MultipleChoice
from leaderboard.axes.latency.answer_latency import LatencyParameters
from leaderboard.axes.latency.choice_latency import ChoiceLatency, ChoiceLatencyParameters
from leaderboard.axes.latency.tagging_latency import TaggingLatency
from leaderboard.axes.question_wording import MultipleChoiceParameters
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.answer_cache import AnswerCache
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ChoiceExample, TaggedExample
from leaderboard.recipes.as_is.heads import HeadChooser, HeadTagger
from leaderboard.recipes.labels import LabelMap
from leaderboard.stats.estimate import Status
from tests.backends.local.engine.test_architectures import model_of

SENTENCES = [TaggedExample(id=f"s{n}", words=("Anna", f"met{n}", "Boris"), tags=(1, 0, 1)) for n in range(30)]
QUESTIONS = [
    ChoiceExample(id=f"q{n}", question=f"What is {n}?", choices=("one", "two", "a number"), answer=2) for n in range(30)
]
pytestmark = pytest.mark.usefixtures("quiet_machine")
SAMPLES, WARM_UPS = 30, 10
LATENCY = {"samples": SAMPLES, "warm_up": WARM_UPS, "rounds": 1}


@pytest.fixture(autouse=True)
def _without_memory(monkeypatch):
    """No process measures the memory."""
    monkeypatch.setattr("leaderboard.backends.local.weights.peak_memory", lambda *_: 123_456)


@pytest.fixture
def engine(tmp_path):
    """An engine that keeps answers on disk."""
    return Engine(torch.device("cpu"), threads=1, answers=AnswerCache(tmp_path))


@pytest.fixture
def passes():
    """A function that returns a list, which gets the number of rows of each forward pass of a model."""
    hooks = []

    def counted(model: LoadedModel) -> list[int]:
        batch_sizes: list[int] = []
        hooks.append(
            model.body.register_forward_pre_hook(
                lambda _module, args, inputs: batch_sizes.append(len(inputs.get("input_ids", args[0] if args else ()))),
                with_kwargs=True,
            )
        )
        return batch_sizes

    yield counted
    for hook in hooks:  # other tests have the same models
        hook.remove()


def measured(protocol, subject, examples) -> dict:
    observations = list(protocol.observe(subject, {"test": examples}, seed=0))
    assert not [each.data for each in observations if "reason" in each.data]
    samples = [each.data for each in observations if "seconds" in each.data]
    assert len(samples) == SAMPLES
    assert all(data["reference_seconds"] > 0 for data in samples)  # interleaved with the reference workload
    return {each.metric.name: each.estimate for each in protocol.estimate(observations)}


def test_each_timed_sentence_is_a_forward_pass_even_if_its_tags_are_known(engine, masked, passes):
    model = model_of(ModelKind.TAGGER, "bert", masked)
    tagger = HeadTagger(engine, model, LabelMap(("O", "B", "I"), (0, 1, 2)))
    answers = tagger.log_probabilities([example.words for example in SENTENCES])
    batch_sizes = passes(model)
    again = tagger.log_probabilities([example.words for example in SENTENCES])
    assert batch_sizes == []  # from the cache
    subject = Subject(LocalModel(engine, model), tags_with=tagger)
    results = measured(TaggingLatency(LatencyParameters(**LATENCY)), subject, SENTENCES)
    assert batch_sizes.count(1) >= SAMPLES + WARM_UPS
    assert set(batch_sizes) == {1}
    assert results["tokens_per_second"].value > 0
    assert tagger.answer(SENTENCES[3].words) == pytest.approx(answers[3], abs=1e-5)
    assert again[3] == pytest.approx(answers[3])


def test_each_timed_question_is_read_by_a_head_even_if_its_scores_are_known(engine, masked, passes):
    model = model_of(ModelKind.CHOOSER, "bert", masked)
    chooser = HeadChooser(engine, model)
    answers = chooser.scores([(example.question, example.choices) for example in QUESTIONS])
    batch_sizes = passes(model)
    protocol = ChoiceLatency(ChoiceLatencyParameters(**LATENCY))
    results = measured(protocol, Subject(LocalModel(engine, model), chooses_with=chooser), QUESTIONS)
    assert sum(batch_sizes) >= 3 * (SAMPLES + WARM_UPS)  # three choices a question
    assert results["flops_128"].status is Status.MEASURED
    example = QUESTIONS[5]
    assert chooser.answer(example.question, example.choices) == pytest.approx(answers[5], abs=1e-5)
    assert chooser.token_count(example.question, example.choices) > 3 * 5


def test_each_timed_question_is_a_forward_pass_even_if_its_likelihoods_are_known(engine, causal, passes):
    subject = Subject(LocalModel(engine, causal), beginning="Answer. ")
    protocol = ChoiceLatency(ChoiceLatencyParameters(template="Q: {{ question }}", **LATENCY))
    wording = {"template": protocol.parameters.template}
    list(MultipleChoice(MultipleChoiceParameters(**wording)).observe(subject, {"test": QUESTIONS}, seed=0))
    batch_sizes = passes(causal)
    list(MultipleChoice(MultipleChoiceParameters(**wording)).observe(subject, {"test": QUESTIONS}, seed=0))
    assert batch_sizes == []  # from the cache
    results = measured(protocol, subject, QUESTIONS)
    assert len(batch_sizes) >= SAMPLES + WARM_UPS
    assert results["tokens_per_second"].value > 0
