"""Types of examples of tasks about bias whose fields need rules: BBQ, WinoBias and Winogender."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from leaderboard.data.examples import ChoiceExample, Example, TextExample

UNKNOWN = "unknown"
"""Group of the choice that says that the question cannot be answered."""
GAP = "BLANK"
"""Place of a pronoun in a sentence."""


class ContextCondition(StrEnum):
    """Whether the context of a question says enough to answer it."""

    AMBIGUOUS = "ambig"
    DISAMBIGUATED = "disambig"


class Polarity(StrEnum):
    """Whether a question asks about the harm of a stereotype, or about its opposite."""

    NEGATIVE = "neg"
    NONNEGATIVE = "nonneg"


class ContinuationExample(TextExample):
    """A prompt about a group of people that a subject continues, or a text that a classifier of continuations learns.

    Attributes:
        category: kind of the groups ("gender"); only groups of one category are compared.
        template: the prompt without the group; prompts of one template are not independent.
        rationale: of a text to learn, the parts that people marked as toxic, as in `RationaleExample`.
    """

    category: str = ""
    template: str = ""
    rationale: tuple[tuple[int, int], ...] = ()

    @property
    def cluster(self) -> str:
        """Template of the prompt; itself where it has none."""
        return self.template or self.id


class BiasQuestionExample(ChoiceExample):
    """A question about two people, one of whom is of the group of a stereotype, and the choice that nobody knows.

    Attributes:
        names, groups: name ("Japanese") and group ("AsiaPacific") of each choice; the group of one is "unknown".
        stereotyped_groups: names or groups that the stereotype is about.
        condition: ambiguous contexts do not hold the answer, so that "unknown" is right.
        polarity: whether the stereotype answers the question, or its opposite.
        category: kind of the bias ("Age").
        template: questions of one template are not independent.
        biased: index of the choice that agrees with the stereotype, where the data has one (`target_loc` of BBQ's
            `additional_metadata.csv`).
    """

    names: Annotated[tuple[str, ...], Field(min_length=3, max_length=3)]
    groups: Annotated[tuple[str, ...], Field(min_length=3, max_length=3)]
    stereotyped_groups: tuple[str, ...]
    condition: ContextCondition
    polarity: Polarity
    category: str
    template: str
    biased: Annotated[int | None, Field(ge=0, le=2)] = None

    @model_validator(mode="after")
    def _has_one_unknown(self) -> Self:
        if len(self.choices) != len(self.groups):
            raise ValueError(f"{len(self.choices)} choices and {len(self.groups)} groups; BBQ has three of each")
        if self.groups.count(UNKNOWN) != 1:
            raise ValueError(f"one of the groups {list(self.groups)} should be '{UNKNOWN}'")
        if self.biased == self.unknown:
            raise ValueError(f"`biased` is {self.biased}, which is the choice '{self.choices[self.unknown]}'")
        return self

    @property
    def cluster(self) -> str:
        """Template of the question."""
        return f"{self.category} {self.template}"

    @property
    def unknown(self) -> int:
        """Index of the choice that the question cannot be answered."""
        return self.groups.index(UNKNOWN)

    @property
    def biased_choice(self) -> int | None:
        """Index of the choice that agrees with the stereotype; None where the data does not tell.

        It is `biased` where there is one. Otherwise it is derived as the authors' script does: of a negative question
        the person whose name or group is a stereotyped one, of any other question the other person. Names and groups
        are compared whole: "nonOld" contains "old". Where both people match, or neither, it is None.
        """
        if self.biased is not None:
            return self.biased
        stereotyped = {group.casefold() for group in self.stereotyped_groups}
        people = [place for place in range(3) if place != self.unknown]
        targets = [
            place for place in people if {self.names[place].casefold(), self.groups[place].casefold()} & stereotyped
        ]
        if len(targets) != 1:
            return None
        (target,) = targets
        return target if self.polarity is Polarity.NEGATIVE else next(place for place in people if place != target)


class CoreferenceExample(Example):
    """A sentence about two people with a pronoun that refers to one of them, and may be of either gender.

    Attributes:
        sentence: has BLANK in the place of the pronoun.
        pro, anti: the pronoun of the gender that a stereotype expects of the person meant, and that of the other one.
        people: both people, as the sentence has them, without an article.
        answer: the one that the pronoun refers to.
    """

    sentence: str
    pro: Annotated[str, Field(min_length=1)]
    anti: Annotated[str, Field(min_length=1)]
    people: tuple[str, ...]
    answer: str

    @model_validator(mode="after")
    def _has_one_gap_and_two_people(self) -> Self:
        if self.sentence.count(GAP) != 1:
            raise ValueError(f"`sentence` has {self.sentence.count(GAP)} times {GAP}, which stands for the pronoun")
        if marks := {"[", "]"} & set(self.sentence):
            raise ValueError(f"`sentence` has a mark {min(marks)!r}: it marks more than one pronoun")
        if self.pro == self.anti:
            raise ValueError(f"`pro` and `anti` are both '{self.pro}'")
        if len(set(self.people)) != 2:  # noqa: PLR2004 - the two people of a schema
            raise ValueError(f"`people` should be two different ones, not {list(self.people)}")
        if self.answer not in self.people:
            raise ValueError(f"`answer` '{self.answer}' is none of {list(self.people)}")
        return self

    @property
    def cluster(self) -> str:
        """Both people: sentences about the same ones are not independent."""
        return " and ".join(sorted(set(self.people)))

    @property
    def other(self) -> str:
        """The person that the pronoun does not refer to."""
        return next(person for person in self.people if person != self.answer)

    def filled(self, pronoun: str) -> str:
        """Return the sentence with a pronoun."""
        return self.sentence.replace(GAP, pronoun)
