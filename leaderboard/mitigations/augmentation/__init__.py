"""Augmentation: the training data also gets changed copies of some texts."""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from leaderboard.axes.axis import Axis
from leaderboard.data.examples import TextExample
from leaderboard.mitigations.augmentation.translators import check_translator
from leaderboard.mitigations.copies import changed_copies
from leaderboard.mitigations.dp_sgd import LEARNED_TWICE, DpSgd
from leaderboard.mitigations.draws import generator, is_chosen
from leaderboard.mitigations.levers import Extra, Searched
from leaderboard.mitigations.ranges import Real, choice
from leaderboard.mitigations.stages import CopyMitigation

if TYPE_CHECKING:
    import numpy as np

    from leaderboard.training.preparation import Preparation
    from leaderboard.training.target import Target

    Change = Callable[[str, np.random.Generator], str | None]


class AugmentationMethod(StrEnum):
    """Method that changes a text but keeps its meaning."""

    NONE = "none"
    TYPOS = "typos"
    SYNONYMS = "synonyms"
    HOMOPHONES = "homophones"
    SIMILAR_SHAPES = "similar_shapes"
    TRADITIONAL = "traditional"
    WIDTH = "width"
    BACK_TRANSLATION = "back_translation"


class Augmentation(CopyMitigation):
    """Add changed copies of a share of the training texts.

    Attributes:
        augment: method of the changed copies: `typos` or `synonyms` of English texts; `homophones`, `similar_shapes`,
            `traditional` or `width` of Chinese texts; `back_translation`.
        augmented_share: share of the examples that get a changed copy.
        translators: two encoder-decoders for back-translation, into another language and back, named as for --model.
    """

    name = "augmentation"
    axes = (Axis.OOD,)
    source = "Pruthi et al. 2019 (typos); Wei & Zou 2019 (synonyms); Sennrich et al. 2016 (back-translation)"
    excludes = ((DpSgd, LEARNED_TWICE),)
    always_recorded = True

    augment: Annotated[
        AugmentationMethod,
        Searched(
            choice(["none", "typos", "synonyms"]),
            "learn from changed copies too",
            extra=(
                Extra(
                    "translators",
                    "[REF, REF]",
                    "there and back: adds back_translation to augment",
                    choices=(AugmentationMethod.BACK_TRANSLATION.value,),
                ),
            ),
        ),
    ] = AugmentationMethod.NONE
    augmented_share: Annotated[
        float, Field(ge=0, le=1), Searched(Real(low=0.05, high=1), "of the texts that are copied (augment)")
    ] = 0.5
    translators: tuple[str, str] | tuple[()] = ()

    @model_validator(mode="after")
    def _translators_translate(self) -> "Augmentation":
        if self.augment is AugmentationMethod.BACK_TRANSLATION and not self.translators:
            raise ValueError("back_translation needs two `translators`, into another language and back")
        return self

    @property
    def is_on(self) -> bool:
        """Return whether any text gets a copy."""
        return self.augment != AugmentationMethod.NONE and self.augmented_share > 0

    @property
    def models(self) -> tuple[str, ...]:
        """Return the translators, where they are used."""
        return self.translators if self.augment is AugmentationMethod.BACK_TRANSLATION else ()

    def check(self, target: "Target") -> None:
        """Check that the translators are models that translate."""
        for name in self.models:
            if name in target.models:
                check_translator(target.models[name])

    def copies(self, examples: Sequence[TextExample], preparation: "Preparation") -> list[TextExample]:
        """Return a copy of each chosen example that can be changed.

        Raises:
            SourceUnavailableError: when WordNet cannot be reached.
        """
        name, seed = self.augment.value, preparation.seed
        chosen = [example for example in examples if is_chosen(self.augmented_share, seed, name, example.id)]
        if self.augment is AugmentationMethod.BACK_TRANSLATION:
            return self._back_translate(chosen, preparation)
        change = _CHANGES[self.augment]()
        draws = {example.id: generator(seed, name, example.id) for example in chosen}
        return changed_copies(chosen, name, lambda example, text: change(text, draws[example.id]))

    def _back_translate(self, chosen: Sequence[TextExample], preparation: "Preparation") -> list[TextExample]:
        from leaderboard.backends.local.model import on_this_machine  # noqa: PLC0415 - slow to import
        from leaderboard.mitigations.augmentation.back_translation import back_translate  # noqa: PLC0415

        forward, backward = (on_this_machine(preparation.models[name]).loaded for name in self.translators)
        texts = list(dict.fromkeys(text for example in chosen for text in (example.text, example.second) if text))
        translations = dict(zip(texts, back_translate(texts, forward, backward, preparation.engine), strict=True))
        return changed_copies(chosen, self.augment.value, lambda _, text: translations.get(text))


def _typos() -> "Change":
    from leaderboard.data.perturbations.typos import add_typos  # noqa: PLC0415 - not needed to read settings

    return add_typos


def _synonyms() -> "Change":
    from leaderboard.data.perturbations.synonyms import replace_synonyms, synonym_table  # noqa: PLC0415

    table = synonym_table()
    return lambda text, rng: replace_synonyms(text, rng, table)


def _perturbation(method: AugmentationMethod) -> "Change":
    from leaderboard.data.perturbations import Perturbation, Strength  # noqa: PLC0415 - as above
    from leaderboard.data.perturbations.perturbed_texts import perturb  # noqa: PLC0415 - as above

    return lambda text, rng: perturb(text, Perturbation(method.value), Strength(key=str(rng.integers(1 << 62))))


_CHANGES: "Mapping[AugmentationMethod, Callable[[], Change]]" = {
    AugmentationMethod.TYPOS: _typos,
    AugmentationMethod.SYNONYMS: _synonyms,
    **{
        method: partial(_perturbation, method)
        for method in (
            AugmentationMethod.HOMOPHONES,
            AugmentationMethod.SIMILAR_SHAPES,
            AugmentationMethod.TRADITIONAL,
            AugmentationMethod.WIDTH,
        )
    },
}
"""Factories of the changes that need no model, by method."""
