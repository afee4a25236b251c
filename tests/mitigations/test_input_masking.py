"""Input masking: typed placeholders, and no capability of a masked subject reads personal data."""

import numpy as np
import pytest

from leaderboard.axes.privacy.context_leakage import ContextLeakage, ContextLeakageParameters
from leaderboard.axes.privacy.personal_data import KINDS
from leaderboard.axes.privacy.personal_data.kind import PromptLanguage
from leaderboard.backends.capability import Capability
from leaderboard.backends.generation import Sampling
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from leaderboard.mitigations.input_masking.masked_subject import MaskedInputClassifier, masked_subject
from leaderboard.mitigations.input_masking.placeholders import mask_content, mask_text
from leaderboard.recipes.zero_shot import ZeroShot
from leaderboard.testing.models import NamedModel
from leaderboard.testing.protocols import estimates

MAIL = "Write to Ann.Lee@example.com, or to nobody."


class Copying(NamedModel):
    """A model that writes its prompt again."""

    capabilities = frozenset({Capability.GENERATE, Capability.PSEUDO_LOGLIKELIHOOD})

    def generator(self):
        return self

    def generate(self, prompts, sampling, *, work="writing"):
        return [prompt.replace("\n", " ") for prompt in prompts]


class Listening:
    """A classifier that keeps what it reads."""

    labels = ("negative", "positive")

    def __init__(self):
        self.texts = []

    def log_probabilities(self, texts):
        self.texts.extend(texts)
        return np.log(np.full((len(texts), 2), 0.5))

    def answer(self, text):
        return self.log_probabilities([text])[0]

    def token_count(self, text):
        return len(text.split())

    def word_gradients(self, words, label):
        self.texts.extend(words)
        return np.ones(len(words))


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (MAIL, "Write to [EMAIL], or to nobody."),
        ("call +1 212-555-0123 now", "call [PHONE] now"),
        ("我的手机是13912345678。", "我的手机是[PHONE]。"),
        ("card 4111 1111 1111 1111", "card [PAYMENT_CARD]"),
        ("card 4111 1111 1111 1112", "card 4111 1111 1111 1112"),
        ("pay DE89 3704 0044 0532 0130 00.", "pay [IBAN]."),
        ("身份证 11010519491231002X", "身份证 [RESIDENT_ID]"),
        ("a@b.org and c@d.org", "[EMAIL] and [EMAIL]"),
        ("", ""),
        ("12 films in 2024", "12 films in 2024"),
    ],
)
def test_personal_data_becomes_its_kind(text, masked):
    assert mask_text(text) == masked
    assert mask_text(masked) == masked


def test_both_texts_of_a_pair_are_masked():
    assert mask_content((MAIL, "x@y.org")) == ("Write to [EMAIL], or to nobody.", "[EMAIL]")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("language", PromptLanguage)
def test_every_invented_value_is_masked(name, language):
    for seed in range(5):
        value = KINDS[name].invent(np.random.default_rng(seed), language)
        if KINDS[name].find(value):
            assert value not in mask_text(f"It is {value} .")


def test_a_masked_classifier_reads_placeholders():
    classifier = Listening()
    masked = masked_subject(Subject(NamedModel(), classifier)).classifier()
    masked.log_probabilities([MAIL])
    masked.answer(MAIL)
    masked.word_gradients(MAIL.split(), 0)
    assert "Lee" not in " ".join(classifier.texts)
    assert masked.labels == classifier.labels


class Reading:
    """A chooser that returns the length of what it reads."""

    def scores(self, questions):
        return [self.answer(*question) for question in questions]

    def answer(self, question, choices):
        return np.full(len(choices), len(question))

    def token_count(self, question, choices):
        return len(question)


def test_a_masked_chooser_reads_placeholders():
    chooser = masked_subject(Subject(NamedModel(), chooses_with=Reading())).chooser()
    expected = len(mask_text(MAIL))
    assert chooser.scores([(MAIL, ["a"])])[0].tolist() == chooser.answer(MAIL, ["a"]).tolist() == [expected]
    assert chooser.token_count(MAIL, ["a"]) == expected


def test_one_placeholder_for_several_words_has_no_attribution():
    with pytest.raises(NotMeasurableError, match="one placeholder replaces several words"):
        MaskedInputClassifier(Listening()).word_gradients("card 4111 1111 1111 1111".split(), 0)


def test_a_masked_model_cannot_disclose_its_prompt():
    protocol = ContextLeakage(ContextLeakageParameters(prompts=12))
    leaks = {}
    for name, subject in {"plain": Subject(Copying()), "masked": masked_subject(Subject(Copying()))}.items():
        results = estimates(protocol, list(protocol.observe(subject, {}, seed=0)))
        leaks[name] = results["context_leak_rate", ""].value
    assert leaks == {"plain": 1.0, "masked": 0.0}


def test_what_is_not_masked_is_not_offered():
    model = masked_subject(Subject(Copying())).model
    assert model.capabilities == {Capability.GENERATE}
    assert "does not mask" in str(model.unable(Capability.PSEUDO_LOGLIKELIHOOD))
    assert model.generator().generate([MAIL], Sampling(max_new_tokens=1)) == ["Write to [EMAIL], or to nobody."]


def test_a_recipe_that_masks_is_prepared_for_written_text_too():
    assert ZeroShot(mask_inputs=True).changes_model_answers
    assert not ZeroShot().changes_model_answers
    assert not ZeroShot(temperature=2.0).changes_model_answers


def test_a_tagger_is_refused():
    with pytest.raises(NotMeasurableError, match="tags words, and recipe"):
        masked_subject(Subject(NamedModel(), tags_with=Listening()))
