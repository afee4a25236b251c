"""Types of examples, one for each kind of task."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from leaderboard.errors import RequestError

Text = str | tuple[str, str]
"""Input of a subject: a text, or a pair of texts (premise and hypothesis)."""


class Example(BaseModel):
    """An example of a task.

    `id` is unique within its split and stays the same from run to run: the row's own id where the data has one, else
    the split's name and the row's number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str

    @property
    def cluster(self) -> str:
        """Key of examples that are not independent of each other."""
        return self.id


class TextExample(Example):
    """A text and its class (an index into the task's labels), where known.

    `second` is the other text of a task over pairs. `group` is what texts that are not independent of each other have
    in common, such as their author; no random split parts a group. `sensitive` is the group of people that the text is
    by or about, whose rates group fairness compares; splits part these. `original` is the content of the text of which
    this one is a changed form, where it is one.
    """

    text: str
    second: str | None = None
    label: int | None = None
    group: str | None = None
    sensitive: str | None = None
    original: Text | None = None

    @property
    def cluster(self) -> str:
        """Group of the text; itself where it has none."""
        return self.id if self.group is None else f"group {self.group}"

    @property
    def content(self) -> Text:
        """Input of the subject."""
        return self.text if self.second is None else (self.text, self.second)

    @property
    def whole(self) -> str:
        """Both texts as one, for counting or comparing letters."""
        return self.text if self.second is None else f"{self.text}\n{self.second}"


class RunningText(TextExample):
    """A text that a causal model learns to continue, token by token. A label, where the data has one, is not used."""


class ContrastExample(TextExample):
    """A text of a contrast set, its class, and the key that all texts of the set have as their `group`.

    The texts of a set are small edits of each other, most of which change the class (Gardner et al. 2020).
    """

    label: int
    group: str


class RationaleExample(TextExample):
    """A text, its class, and the parts of the text that a person marked as reasons for this class.

    `rationale` has the first character of each part and the one after its last, counted from 0; it is empty where
    nothing is marked.
    """

    label: int
    rationale: tuple[tuple[int, int], ...]

    @model_validator(mode="after")
    def _spans_are_in_the_text(self) -> "RationaleExample":
        if self.second is not None:
            raise ValueError("a rationale marks a single text, and this example is a pair of texts")
        _check_spans(self.rationale, self.text)
        return self


def _check_spans(spans: tuple[tuple[int, int], ...], text: str) -> None:
    for start, end in spans:
        if not 0 <= start < end <= len(text):
            raise ValueError(
                f"the span [{start}, {end}] is not in the text, which has {len(text)} characters: a span is "
                "its first character, counted from 0, and the one after its last"
            )


class TaggedExample(Example):
    """A sentence of words, each with its tag (an index into the task's labels)."""

    words: Annotated[tuple[str, ...], Field(min_length=1)]
    tags: tuple[Annotated[int, Field(ge=0)], ...]

    @model_validator(mode="after")
    def _one_tag_a_word(self) -> "TaggedExample":
        if len(self.tags) != len(self.words):
            raise ValueError(f"{len(self.tags)} tags for {len(self.words)} words")
        if blank := next((place for place, word in enumerate(self.words, start=1) if not word.strip()), None):
            raise ValueError(f"word {blank} of {len(self.words)} is empty")
        return self


class ChoiceExample(Example):
    """A question, its choices, and the index of the right one."""

    question: str
    choices: Annotated[tuple[str, ...], Field(min_length=2)]
    answer: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _answer_is_offered(self) -> "ChoiceExample":
        if self.answer >= len(self.choices):
            raise ValueError(f"answer {self.answer} is not one of {len(self.choices)} choices")
        return self


class RationaleChoiceExample(ChoiceExample):
    """A question with choices, and the parts of the question that a person marked as reasons for the right answer.

    `rationale` is that of `RationaleExample`, of the question.
    """

    rationale: tuple[tuple[int, int], ...]

    @model_validator(mode="after")
    def _spans_are_in_the_question(self) -> "RationaleChoiceExample":
        _check_spans(self.rationale, self.question)
        return self


def _reference_texts(raw: Any) -> Any:
    """Convert one reference to a list, and numbers, as JSON has them, to texts."""
    each = raw if isinstance(raw, list | tuple) else [raw]
    return [str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value for value in each]


class PromptExample(Example):
    """A text that a subject answers or continues in writing."""

    text: str


class ReferenceExample(PromptExample):
    """An input, and the reference answers to it, any of which is right.

    A single reference may be given without a list, and numbers count as their text. `group` is what inputs that are not
    independent of each other have in common, such as the paragraph that questions are about.
    """

    group: str | None = None
    references: Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_reference_texts)]


class Direction(StrEnum):
    """Whether the sentence about the disadvantaged group shows a stereotype or an anti-stereotype."""

    STEREO = "stereo"
    ANTISTEREO = "antistereo"
    UNKNOWN = "unknown"


class PairExample(Example):
    """Two sentences that differ in the group they name: `more` is the more stereotyping one, in either direction."""

    more: str
    less: str
    category: str
    direction: Direction = Direction.UNKNOWN


class MinimalPairExample(Example):
    """A grammatical sentence and one that differs in little; `phenomenon` is the rule that the latter breaks."""

    good: str
    bad: str
    phenomenon: str = ""


class AssociationExample(Example):
    """A sentence with a gap that a word fills in three ways.

    Attributes:
        context: the sentence, with BLANK for the word.
        stereotype, antistereotype, unrelated: the filled sentence that shows a stereotype about the target, the one
            that contradicts it, and the one that means nothing.
        target: the group, profession or country that it is about.
        category: the kind of bias.
    """

    context: Annotated[str, Field(pattern="BLANK")]
    stereotype: str
    antistereotype: str
    unrelated: str
    target: str
    category: str


class CounterfactualExample(Example):
    """A template filled for two groups; `template` is the cluster of pairs that are not independent."""

    text: str
    counterfactual: str
    category: str
    template: str

    @property
    def cluster(self) -> str:
        """Template of the pair."""
        return self.template


class Splits(Mapping[str, Sequence[Example]]):
    """The splits of a task by name, read from their sources on first use."""

    def __init__(self, readers: Mapping[str, Callable[[], Sequence[Example]]]) -> None:
        self._readers = dict(readers)
        self._read: dict[str, Sequence[Example]] = {}

    def __getitem__(self, name: str) -> Sequence[Example]:
        if name not in self._readers:
            raise RequestError(f"the task's data has no split '{name}'\n  Its splits: {', '.join(self._readers)}")
        if name not in self._read:
            self._read[name] = self._readers[name]()
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._readers  # Mapping would read the split to find out

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)
