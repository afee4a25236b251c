import pytest

from leaderboard.axes.accuracy.generation import Generation, GenerationParameters
from leaderboard.axes.protocol import Observation
from leaderboard.backends.capability import Capability
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import ReferenceExample
from leaderboard.errors import NotMeasurableError
from leaderboard.stats.estimate import Status
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates


class Writer:
    """Writes prepared texts, and keeps its prompts."""

    name = "writer"
    capabilities = frozenset({Capability.GENERATE})

    def __init__(self, *texts):
        self.texts = texts
        self.prompts, self.sampling = [], None

    def opening(self, _question):
        return "Hi. "

    def generator(self):
        return self

    def generate(self, prompts, sampling, *, work="writing"):
        self.prompts, self.sampling = list(prompts), sampling
        return list(self.texts)


def examples(*references):
    return {"test": [ReferenceExample(id=str(i), text=f"q{i}", references=each) for i, each in enumerate(references)]}


def observed(texts, references, **settings):
    protocol = Generation(GenerationParameters(**settings))
    return protocol, list(protocol.observe(Writer(*texts), examples(*references), seed=0))


class TestGeneration(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return Generation(GenerationParameters(max_new_tokens=3))

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        return examples("a film", ["the film", "a plot"], "dull", "nothing")


def test_scores_by_hand():
    texts = ["The Paris.", "a red house", "", "blue"]
    protocol, observations = observed(texts, ["paris", ["green", "red car"], "x", "blue"])
    numbers = estimates(protocol, observations)
    assert numbers["exact_match", ""].value == 0.5
    assert numbers["exact_match", ""].n == 4
    assert numbers["token_f1", ""].value == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    assert protocol.notes(observations) == ("written texts that are empty: 1 of 4",)


def test_questions_about_one_paragraph_are_one_unit():
    protocol = Generation(GenerationParameters(answer="squad"))
    texts, groups = ["one", "two", "x", "x"], ["a", "a", "a", None]
    split = [
        ReferenceExample(id=str(at), text="q", references="one" if at % 2 == 0 else "two", group=group)
        for at, group in enumerate(groups)
    ]
    observations = list(protocol.observe(Writer(*texts), {"test": split}, seed=0))
    numbers = estimates(protocol, observations)
    assert (numbers["exact_match", ""].value, numbers["exact_match", ""].n, numbers["token_f1", ""].n) == (0.5, 2, 2)
    assert protocol.resampled(observations)["exact_match", ""].clusters == ("a", "a", "a", "3")
    assert protocol.answer(observations[1]).right


def test_the_prompt_is_rendered_and_decoding_is_greedy():
    writer = Writer("x")
    protocol = Generation(GenerationParameters(template="Q: {{ text }}\nA:", max_new_tokens=7, until=("\n",)))
    list(protocol.observe(writer, examples("x"), seed=3))
    assert writer.prompts == ["Hi. Q: q0\nA:"]
    assert (writer.sampling.max_new_tokens, writer.sampling.until, writer.sampling.temperature) == (7, ("\n",), 0.0)


def test_a_text_without_an_answer_is_wrong_and_noted():
    pattern = r"#### (-?[0-9.,]+)"
    texts = ["2 + 2 = 4\n#### 4", "4", "#### 1,004.0", "#### -4"]
    protocol, observations = observed(
        texts, ["#### 4", "#### 4", "#### 1004", "4"], answer_pattern=pattern, answer="number"
    )
    assert [each.data["answer"] for each in observations] == ["4", None, "1,004.0", "-4"]
    assert [protocol.answer(each).right for each in observations] == [True, False, True, False]
    assert estimates(protocol, observations)["exact_match", ""].value == 0.5
    assert protocol.notes(observations) == ("written texts without an answer, counted as wrong: 1 of 4",)


def test_the_shown_answer_is_right_where_any_reference_matches():
    protocol, observations = observed(["the Car", "bus"], [["bus", "car"], ["tram"]])
    first, second = map(protocol.answer, observations)
    assert (first.true, first.predicted, first.right) == ("car", "car", True)
    assert (second.true, second.predicted, second.right) == ("tram", "bus", False)


def test_a_reference_that_is_no_number_is_refused_before_anything_is_written():
    writer = Writer("1")
    protocol = Generation(GenerationParameters(answer="number"))
    with pytest.raises(NotMeasurableError, match="'0': the reference 'many' is not a number"):
        list(protocol.observe(writer, examples("many"), seed=0))
    assert writer.prompts == []


def test_no_examples_are_not_measured():
    protocol = Generation(GenerationParameters())
    assert {each.status for each in estimates(protocol, []).values()} == {Status.NOT_MEASURED}
    assert protocol.resampled([]) == {}
    assert protocol.notes([]) == ()


def test_numbers_need_neither_model_nor_pattern_again():
    data = {"text": "x 4", "answer": "4", "references": ["4"]}
    protocol = Generation(GenerationParameters(answer_pattern="never"))
    assert estimates(protocol, [Observation("a", data)])["exact_match", ""].value == 1.0


@pytest.mark.parametrize(
    "settings",
    [{"answer_pattern": "("}, {"template": "{{ text"}, {"until": [""]}, {"max_new_tokens": 0}, {"answer": "words"}],
)
def test_invalid_settings_are_refused(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        GenerationParameters(**settings)


def test_a_template_with_another_field_is_refused():
    with pytest.raises(ValueError, match="no field 'question'; the fields are: text"):
        GenerationParameters(template="{{ question }}")


@pytest.mark.parametrize(
    ("raw", "references"), [("x", ("x",)), (["x", "y"], ("x", "y")), (4, ("4",)), ([1.5], ("1.5",))]
)
def test_references_are_texts(raw, references):
    assert ReferenceExample(id="a", text="q", references=raw).references == references


@pytest.mark.parametrize("raw", [[], True, None])
def test_an_example_needs_a_reference(raw):
    with pytest.raises(ValueError, match="references"):
        ReferenceExample(id="a", text="q", references=raw)
