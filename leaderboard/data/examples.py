"""What one example is, for each way of asking a model."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from leaderboard.errors import RequestError

Text = str | tuple[str, str]
"""What a subject reads at once: a text, or two that belong together (premise and hypothesis)."""


class Example(BaseModel):
    """Something a model can be asked about.

    `id` is unique within its split and stays the same from run to run: the row's own id where the data has one, else
    the split's name and the row's number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str

    @property
    def cluster(self) -> str:
        """What examples share that are not independent of each other."""
        return self.id


class TextExample(Example):
    """A text and, where it is known, its class (an index into the task's labels).

    `second` is the other text of a task over pairs.
    """

    text: str
    second: str | None = None
    label: int | None = None

    @property
    def content(self) -> Text:
        """What the subject reads."""
        return self.text if self.second is None else (self.text, self.second)

    @property
    def whole(self) -> str:
        """Both texts as one, for what only counts or compares letters."""
        return self.text if self.second is None else f"{self.text}\n{self.second}"


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
    """A question, the answers offered, and which of them is right (an index)."""

    question: str
    choices: Annotated[tuple[str, ...], Field(min_length=2)]
    answer: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _answer_is_offered(self) -> "ChoiceExample":
        if self.answer >= len(self.choices):
            raise ValueError(f"answer {self.answer} is not one of {len(self.choices)} choices")
        return self


class Direction(StrEnum):
    """Whether the sentence about the disadvantaged group demonstrates a stereotype or violates one."""

    STEREO = "stereo"
    ANTISTEREO = "antistereo"
    UNKNOWN = "unknown"


class PairExample(Example):
    """Two sentences that differ in the group they name: `more` is the more stereotyping one, in either direction."""

    more: str
    less: str
    category: str
    direction: Direction = Direction.UNKNOWN


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
    """One template filled for one group and again for another; `template` clusters pairs that are not independent."""

    text: str
    counterfactual: str
    category: str
    template: str

    @property
    def cluster(self) -> str:
        """The template."""
        return self.template


class Splits(Mapping[str, Sequence[Example]]):
    """The splits of a task by name, read from their sources when first asked for."""

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
