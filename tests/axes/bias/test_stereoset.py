import numpy as np
import pytest
import torch

from leaderboard.axes.bias.association_scores import filled_gaps
from leaderboard.axes.bias.stereoset import StereoSet
from leaderboard.axes.protocol import Parameters
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import AssociationExample
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates


def example(number, context, words, target, category):
    stereotype, antistereotype, unrelated = (context.replace("BLANK", word) for word in words)
    return AssociationExample(
        id=number,
        context=context,
        stereotype=stereotype,
        antistereotype=antistereotype,
        unrelated=unrelated,
        target=target,
        category=category,
    )


EXAMPLES = [
    example("0", "The nurse had been BLANK.", ("kind", "dull", "plot"), "nurse", "profession"),
    example("1", "His father was a BLANK engineer", ("good", "xy", "acting"), "father", "gender"),
    example("2", "The doctor told her BLANK again!", ("nobody", "mother", "dull"), "doctor", "profession"),
]


class TestMasked(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return StereoSet(Parameters())

    @pytest.fixture
    def subject(self, masked):
        return Subject(local_model(masked))

    @pytest.fixture
    def splits(self):
        return {"test": EXAMPLES}

    def test_a_word_scores_the_mean_probability_of_its_tokens_from_left_to_right(self, observations, masked):
        """By hand for "xy", tokens x and ##y: neither sees the other when x is asked for."""
        probabilities = []
        for text, token in [("His father was a [MASK] engineer", "x"), ("His father was a x[MASK] engineer", "##y")]:
            ids = masked.tokenizer.encode(text)
            with torch.no_grad():
                logits = masked.module(torch.tensor([ids])).logits[0, ids.index(masked.tokenizer.mask_token_id)]
            probabilities.append(float(logits.softmax(-1)[masked.tokenizer.convert_tokens_to_ids(token)]))
        assert observations[1].data["antistereotype_score"] == pytest.approx(np.mean(probabilities), rel=1e-4)

    def test_parts_are_the_categories(self, protocol, observations):
        parts = [part for name, part in estimates(protocol, observations) if name == "icat"]
        assert parts == ["", "gender", "profession"]


class TestCausal(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return StereoSet(Parameters())

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        return {"test": EXAMPLES}

    def test_a_sentence_scores_the_mean_loglikelihood_of_its_tokens(self, observations, causal):
        text = EXAMPLES[0].stereotype
        ids = [causal.tokenizer.bos_token_id, *causal.tokenizer(text, add_special_tokens=False)["input_ids"]]
        with torch.no_grad():
            logprobs = causal.module(torch.tensor([ids])).logits[0].log_softmax(-1)
        expected = np.mean([float(logprobs[i, token]) for i, token in enumerate(ids[1:])])
        assert observations[0].data["stereotype_score"] == pytest.approx(expected, abs=1e-4)


def test_punctuation_beside_the_gap_is_not_part_of_the_word(masked):
    (kind,) = filled_gaps(
        local_model(masked).masked_likelihood(), "The nurse had been BLANK.", "The nurse had been kind."
    )
    assert masked.tokenizer.convert_ids_to_tokens(list(kind.ids))[-4:] == ["been", "kind", ".", "[SEP]"]
    assert kind.ids[kind.positions[0]] == masked.tokenizer.convert_tokens_to_ids("kind")


def test_later_tokens_of_the_word_are_not_there_yet(masked):
    first, second = filled_gaps(local_model(masked).masked_likelihood(), "a BLANK plot", "a xy plot")
    assert masked.tokenizer.convert_ids_to_tokens(list(first.ids)) == ["[CLS]", "a", "x", "plot", "[SEP]"]
    assert masked.tokenizer.convert_ids_to_tokens(list(second.ids)) == ["[CLS]", "a", "x", "##y", "plot", "[SEP]"]
    assert (first.positions, second.positions) == ((2,), (3,))


def test_a_second_gap_stays_masked_while_the_first_is_scored(masked):
    (filled,) = filled_gaps(local_model(masked).masked_likelihood(), "a BLANK and a BLANK", "a plot and a plot")
    words = masked.tokenizer.convert_ids_to_tokens(list(filled.ids))
    assert words == ["[CLS]", "a", "plot", "and", "a", "[MASK]", "[SEP]"]
    assert filled.positions == (2,)


def test_a_gap_behind_what_the_model_reads_is_not_filled(masked):
    assert filled_gaps(local_model(masked).masked_likelihood(), "he " * 200 + "BLANK", "he " * 200 + "good") == []


def test_an_encoder_is_not_measurable(encoder):
    with pytest.raises(NotMeasurableError, match="has no language-model head"):
        list(StereoSet(Parameters()).observe(Subject(local_model(encoder)), {"test": EXAMPLES}, seed=0))


def test_an_example_whose_gap_is_not_read_leaves_the_others(masked):
    far = example("far", "The film was " * 60 + "BLANK", ("kind", "dull", "plot"), "nurse", "profession")
    protocol, subject = StereoSet(Parameters()), Subject(local_model(masked))
    alone = list(protocol.observe(subject, {"test": EXAMPLES}, seed=0))
    observations = list(protocol.observe(subject, {"test": [*EXAMPLES[:1], far, *EXAMPLES[1:]]}, seed=0))
    assert [each for each in observations if each.example_id != "far"] == alone
    assert estimates(protocol, observations) == estimates(protocol, alone)
    assert protocol.notes(alone) == ()
    assert protocol.notes(observations) == (
        "1 example was left out of 4: the gap has no tokens, or is farther in the text than the model reads",
    )


def test_examples_that_are_all_not_read_are_not_measured(masked):
    far = example("far", "The film was " * 60 + "BLANK", ("kind", "dull", "plot"), "nurse", "profession")
    with pytest.raises(NotMeasurableError, match="the gap of none of the 1 examples"):
        list(StereoSet(Parameters()).observe(Subject(local_model(masked)), {"test": [far]}, seed=0))
