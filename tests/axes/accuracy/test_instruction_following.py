import json
from pathlib import Path

import numpy as np
import pytest

from leaderboard.axes.accuracy.instruction_following import InstructionFollowing, InstructionParameters
from leaderboard.axes.accuracy.instruction_metrics import EXCHANGES, exchange, follows_all, loose_forms
from leaderboard.axes.accuracy.instructions.example import InstructionExample
from leaderboard.axes.accuracy.instructions.parsing import checks_of
from leaderboard.axes.protocol import Observation
from leaderboard.backends.subject import Subject
from leaderboard.errors import NotMeasurableError
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import ProtocolContract, estimates

PROTOCOL = InstructionFollowing(InstructionParameters(max_new_tokens=4))
PROMPTS = Path(__file__).parents[3] / "tasks/accuracy/data/instructions.jsonl"
WORDS = {"check": "words", "at_least": 2}
LOWER = {"check": "letter_case", "case": "lower"}


def keyword(word):
    return {"check": "includes", "keywords": [word]}


def written(*cases):
    observations = []
    for at, (text, checks) in enumerate(cases):
        each, forms = checks_of(list(checks)), loose_forms(text)
        data = {
            "text": text,
            "checks": list(checks),
            "followed": [check.is_followed(text) for check in each],
            "loosely_followed": [any(map(check.is_followed, forms)) for check in each],
            "chat": True,
        }
        observations.append(Observation(str(at), data))
    return observations


class TestInstructionFollowing(ProtocolContract):
    @pytest.fixture
    def protocol(self):
        return PROTOCOL

    @pytest.fixture
    def subject(self, causal):
        return Subject(local_model(causal))

    @pytest.fixture
    def splits(self):
        checks = ([WORDS], [WORDS, LOWER], [keyword("film"), LOWER])
        return {
            "test": [InstructionExample(id=str(i), text=f"q{i}", checks=each) for i, each in enumerate(checks)],
        }


def test_shares_by_hand():
    numbers = estimates(
        PROTOCOL, written(("a b", [WORDS, LOWER]), ("Sure:\na fox", [keyword("fox"), LOWER]), ("", [WORDS]))
    )
    assert numbers["prompt_accuracy", ""].value == pytest.approx(1 / 3)
    assert numbers["loose_prompt_accuracy", ""].value == pytest.approx(2 / 3)
    assert (numbers["instruction_accuracy", ""].value, numbers["instruction_accuracy", ""].n) == (3 / 5, 3)
    assert numbers["loose_instruction_accuracy", ""].value == pytest.approx(4 / 5)
    assert numbers["instruction_accuracy", "words"].value == pytest.approx(1 / 2)
    assert numbers["instruction_accuracy", "includes"].n == 1


def test_the_score_is_above_that_of_exchanged_texts():
    # A = 2/3. Of the six exchanges, the third text follows the first prompt, and the first two follow the third.
    numbers = estimates(PROTOCOL, written(("a b", [keyword("a")]), ("c d", [keyword("x")]), ("a e f", [WORDS])))
    chance = 3 / 6
    assert numbers["instruction_score", ""].value == pytest.approx((2 / 3 - chance) / (1 - chance))


def test_a_text_that_ignores_the_prompt_has_a_score_of_0():
    prompts = [[keyword(word)] for word in "abcdefgh"] + [[WORDS], [LOWER]]
    numbers = estimates(PROTOCOL, written(*[("a b c", checks) for checks in prompts]))
    assert numbers["prompt_accuracy", ""].value == 0.5
    assert numbers["instruction_score", ""].value == pytest.approx(0)


def test_all_instructions_followed_have_a_score_of_1():
    numbers = estimates(PROTOCOL, written(*[(word, [keyword(word)]) for word in "abcd"]))
    assert numbers["instruction_score", ""].value == 1


@pytest.mark.parametrize(
    ("cases", "reason"),
    [
        ([("a b", [WORDS])], "2 prompts at least"),
        ([("a b", [WORDS]), ("c d", [WORDS])], "they ask nothing"),
    ],
)
def test_a_score_without_chance_is_not_measured(cases, reason):
    numbers = estimates(PROTOCOL, written(*cases))
    assert reason in numbers["instruction_score", ""].reason
    assert numbers["prompt_accuracy", ""].value == 1


def test_the_cost_of_exchanging_texts_is_bounded():
    n = 3 * EXCHANGES
    passed = exchange(["a b"] * n, [checks_of([WORDS])] * n)
    assert passed.others.shape == (EXCHANGES, n)
    assert np.isnan(passed.score(np.ones((1, n)))).all()


def test_notes_count_empty_texts_and_name_bare_prompts():
    observations = written(("", [WORDS]), ("a b", [WORDS]))
    assert PROTOCOL.notes(observations) == ("written texts that are empty: 1 of 2",)
    bare = [Observation(each.example_id, {**each.data, "chat": False}) for each in observations[1:]]
    assert "without a chat format" in PROTOCOL.notes(bare)[0]
    plain = InstructionFollowing(InstructionParameters(chat=False))
    assert plain.notes(bare) == ()


def test_prompts_are_in_the_chat_format_of_a_model_that_has_one(causal):
    recorded = []

    class Recording:
        def generate(self, prompts, sampling):
            recorded.extend(prompts)
            return ["a b"] * len(prompts)

    class Template:
        def template(self, name=None):
            return "{{ messages }}"

        def render(self, messages, *, add_generation_prompt=True):
            return f"<{messages[0]['role']}>{messages[0]['content']}"

    class ChatModel:
        def __init__(self, chat):
            self.generator = Recording
            self._chat = chat

        def opening(self, _question):
            return ""

        def chat(self):
            if self._chat is None:
                raise NotMeasurableError("no chat template")
            return self._chat

    splits = {"test": [InstructionExample(id="0", text="q", checks=[WORDS])]}
    for chat, expected in ((Template(), "<user>q"), (None, "q")):
        (observation,) = PROTOCOL.observe(ChatModel(chat), splits, seed=0)
        assert recorded[-1] == expected
        assert observation.data["chat"] is (chat is not None)


@pytest.fixture(scope="module")
def packaged():
    rows = map(json.loads, PROMPTS.read_text().splitlines())
    return [InstructionExample(id=row["id"], text=row["prompt"], checks=row["checks"]) for row in rows]


def test_the_packaged_prompts_have_checks(packaged):
    assert len(packaged) == 100
    assert sum(len(example.checks) for example in packaged) == 167
    assert len({example.text for example in packaged}) == 100


def test_noise_follows_hardly_any_of_the_packaged_prompts(packaged):
    """Random words, lists of them, and constants that follow much: all are near 0, and none is above 6 %."""
    rng = np.random.default_rng(0)
    words = sorted({word for example in packaged for word in example.text.split()})
    random = [" ".join(rng.choice(words, rng.integers(3, 40))) for _ in packaged]
    constants = ["yes", "[]", "- a\n- b\n- c", "The cat is in the house. It is not very warm.", "a" * 50]
    for texts in (random, *([text] * len(packaged) for text in constants)):
        share = np.mean([follows_all(text, each.checks) for text, each in zip(texts, packaged, strict=True)])
        assert share <= 0.06
        score = exchange(texts, [each.checks for each in packaged]).score(np.ones((1, len(texts))))
        assert abs(score[0]) <= 0.03
