"""Learning data: what is done to the texts that a subject learns from, before it learns from them."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field, model_validator

from leaderboard.data.examples import Example, TextExample
from leaderboard.data.specification import Strict
from leaderboard.errors import RequestError
from leaderboard.recipes.mitigations.anonymisation import Anonymisation, anonymised
from leaderboard.recipes.mitigations.chance import generator, is_chosen
from leaderboard.recipes.mitigations.counterfactual_texts import swap_groups
from leaderboard.recipes.mitigations.deduplication import without_copies

if TYPE_CHECKING:
    from leaderboard.recipes.preparation import Preparation

E = TypeVar("E", bound=Example)

_COUNTERFACTUAL = "counterfactual"


class Augmentation(StrEnum):
    """How a text is changed so that it still says the same."""

    NONE = "none"
    TYPOS = "typos"
    SYNONYMS = "synonyms"
    BACK_TRANSLATION = "back_translation"


class LearningData(Strict):
    """What is done to the training texts, in this order; both texts of a pair are treated alike.

    Copies are added to the examples that are there after anonymisation; no copy is made of a copy.

    Attributes:
        deduplicate: learn texts that say the same once, with the label of the first.
        anonymise: `mask` personal data, or replace it by an invented `pseudonym`.
        augment: also learn changed copies, with `typos`, `synonyms` or by `back_translation`.
        augmented_share: share of the examples that get a changed copy.
        translators: two encoder-decoders for back-translation, there and back, named as for --model.
        counterfactual_share: share of the examples naming a group that get a copy with the group exchanged (Lu et al.
            2020).
    """

    deduplicate: bool = False
    anonymise: Anonymisation = Anonymisation.NONE
    augment: Augmentation = Augmentation.NONE
    augmented_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    translators: tuple[str, str] | tuple[()] = ()
    counterfactual_share: Annotated[float, Field(ge=0, le=1)] = 0.0

    @model_validator(mode="after")
    def _translators_translate(self) -> "LearningData":
        if self.augment is Augmentation.BACK_TRANSLATION and not self.translators:
            raise ValueError("back_translation needs two `translators`, there and back")
        return self

    @property
    def _used_translators(self) -> tuple[str, ...]:
        return self.translators if self.augment is Augmentation.BACK_TRANSLATION else ()

    @property
    def models(self) -> tuple[str, ...]:
        """The translators, where they are used."""
        return self._used_translators

    @property
    def changes_texts(self) -> bool:
        """Whether anything is done to the training texts."""
        return self.learns_some_twice or self.anonymise is not Anonymisation.NONE

    def refuse_noise(self, dp_noise: float) -> None:
        """Refuse a private training whose guarantee would not hold for each example.

        Raises:
            ValueError: where an example is learned twice, or decides about another.
        """
        if dp_noise and self.learns_some_twice:
            raise ValueError(
                "dp_noise goes without `deduplicate`, `augment` and `counterfactual_share`: with them a text may be "
                "learned twice, or decide about another, and the guarantee would not hold"
            )

    @property
    def learns_some_twice(self) -> bool:
        """Whether an example may be learned from twice, or decides about another: no one example is private then."""
        augments = self.augment is not Augmentation.NONE and self.augmented_share > 0
        return bool(self.deduplicate or augments or self.counterfactual_share)

    def helpers(self, preparation: "Preparation") -> list[str]:
        """Identities of the translators: what is kept under a key that names settings has to name these too."""
        return [preparation.models[name].identity for name in self._used_translators]

    def mitigated(self, examples: Sequence[E], preparation: "Preparation") -> list[E]:
        """The examples as they are learned from. They depend on each example, the settings and the seed alone.

        Raises:
            RequestError: when something is to be done to examples that are no texts.
            SourceUnavailableError: when WordNet cannot be reached.
        """
        if not self.changes_texts:
            return list(examples)
        texts: list[TextExample] = [example for example in examples if isinstance(example, TextExample)]
        if len(texts) < len(examples):
            raise RequestError(
                f"recipe: task '{preparation.lesson.task.name}' has no texts with a class, and deduplicate, anonymise, "
                "augment and counterfactual_share change only those\n  Leave them out."
            )
        if self.deduplicate:
            texts = without_copies(texts)
        if self.anonymise is not Anonymisation.NONE:
            texts = [_anonymous(example, self.anonymise, preparation.seed) for example in texts]
        learned: list[Any] = [*texts, *self._augmented(texts, preparation), *self._exchanged(texts, preparation.seed)]
        return learned

    def _augmented(self, examples: Sequence[TextExample], preparation: "Preparation") -> list[TextExample]:
        name, seed = self.augment.value, preparation.seed
        chosen = [example for example in examples if is_chosen(self.augmented_share, seed, name, example.id)]
        match self.augment:
            case Augmentation.NONE:
                return []
            case Augmentation.BACK_TRANSLATION:
                return self._back_translated(chosen, preparation)
            case Augmentation.TYPOS:
                from leaderboard.recipes.mitigations.typos import typos as change  # noqa: PLC0415
            case Augmentation.SYNONYMS:
                from leaderboard.recipes.mitigations.synonyms import synonym_table, synonyms  # noqa: PLC0415

                change = partial(synonyms, table=synonym_table())
        draws = {example.id: generator(seed, name, example.id) for example in chosen}
        return _copies(chosen, name, lambda example, text: change(text, draws[example.id]))

    def _back_translated(self, chosen: Sequence[TextExample], preparation: "Preparation") -> list[TextExample]:
        from leaderboard.recipes.mitigations.back_translation import back_translated  # noqa: PLC0415 - slow to import

        there, back = (preparation.models[name] for name in self.translators)
        texts = list(dict.fromkeys(text for example in chosen for text in (example.text, example.second) if text))
        again = dict(zip(texts, back_translated(texts, there, back, preparation.engine), strict=True))
        return _copies(chosen, self.augment.value, lambda _, text: again.get(text))

    def _exchanged(self, examples: Sequence[TextExample], seed: int) -> list[TextExample]:
        chosen = [each for each in examples if is_chosen(self.counterfactual_share, seed, _COUNTERFACTUAL, each.id)]
        return _copies(chosen, _COUNTERFACTUAL, lambda _, text: swap_groups(text))


def _copies(
    examples: Sequence[TextExample], name: str, change: Callable[[TextExample, str], str | None]
) -> list[TextExample]:
    """A changed copy of each example of which something changes, with the same label and an id of its own."""
    copies = []
    for example in examples:
        first = change(example, example.text)
        second = None if example.second is None else change(example, example.second)
        if first is not None or second is not None:
            texts = {"text": first or example.text, "second": second or example.second}
            copies.append(example.model_copy(update={**texts, "id": f"{example.id}+{name}"}))
    return copies


def _anonymous(example: TextExample, how: Anonymisation, seed: int) -> TextExample:
    second = None if example.second is None else anonymised(example.second, how, seed=seed)
    return example.model_copy(update={"text": anonymised(example.text, how, seed=seed), "second": second})
