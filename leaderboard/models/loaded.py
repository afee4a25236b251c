"""LoadedModel: weights in memory, with their tokenizer and what is known about where they came from."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leaderboard.models.alteration import UNALTERED, Alteration

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from leaderboard.models.words import WordEncoder


class ModelKind(StrEnum):
    """What a model's own head predicts."""

    CAUSAL = "causal"
    MASKED = "masked"
    ENCODER = "encoder"
    CLASSIFIER = "classifier"
    TAGGER = "tagger"
    CHOOSER = "chooser"
    TRANSLATOR = "translator"


@dataclass(frozen=True)
class LoadedModel:
    """A model in evaluation mode on its device.

    Attributes:
        name: short name for people.
        identity: digest of the weights in memory, their precision and their tokenizer; answers are kept under it.
        folder: holds the `config.json`, weights and tokenizer it was loaded from.
        kind: what its head predicts; an encoder has none. A classifier tells the class of a text, a tagger that of each
            token, a chooser scores one answer to a question. A translator, which is an encoder-decoder, only helps
            recipes.
        module: the `transformers` model, with its language-model head where it has one.
        tokenizer: a fast tokenizer; a translator may have a slow one.
        device: where it stands.
        dtype: of its floating-point weights.
        max_length: most tokens it reads at once.
        alteration: what was done to the weights of that folder; see `models.altering`.
        notes: what a reader of its numbers must know of how it computes, one sentence each.
    """

    name: str
    identity: str
    folder: Path
    kind: ModelKind
    module: "PreTrainedModel"
    tokenizer: "PreTrainedTokenizerBase"
    device: "torch.device"
    dtype: "torch.dtype"
    max_length: int
    alteration: Alteration = UNALTERED
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """What the classes of a classifier's or tagger's head are called, in the order of its outputs."""
        named = {int(index): str(name) for index, name in (self.module.config.id2label or {}).items()}
        return tuple(named[index] for index in sorted(named))

    @cached_property
    def embedded_tokens(self) -> int:
        """How many tokens have an embedding; 0 where the model has no table of them."""
        try:
            embedding: Any = self.module.get_input_embeddings()
        except NotImplementedError:  # of characters, by their hashes (CANINE)
            return 0
        return int(getattr(embedding, "num_embeddings", 0))

    @cached_property
    def pad_id(self) -> int:
        """The token that fills short rows: the one the model takes for padding, else its tokenizer's, else EOS, else 0.

        A decoder that classifies looks for the last token that is not it.
        """
        rows = self.embedded_tokens
        own = getattr(self.module.config.get_text_config(), "pad_token_id", None)
        for token in (own, self.tokenizer.pad_token_id, self.tokenizer.eos_token_id):
            if isinstance(token, int) and token >= 0 and (rows == 0 or token < rows):
                return token
        return 0

    @cached_property
    def word_tokenizer(self) -> "PreTrainedTokenizerBase":
        """The tokenizer for sentences that are split into words already.

        Where a space belongs to the token behind it (RoBERTa, GPT-2), it puts one before every word.
        """
        if getattr(self.tokenizer, "add_prefix_space", True):
            return self.tokenizer
        from transformers import AutoTokenizer  # noqa: PLC0415 - who names kinds of models needs none

        return AutoTokenizer.from_pretrained(self.folder, use_fast=True, trust_remote_code=False, add_prefix_space=True)

    @cached_property
    def word_encoder(self) -> "WordEncoder":
        """Encodes sentences that are split into words already."""
        from leaderboard.models.words import WordEncoder  # noqa: PLC0415 - as above

        return WordEncoder(self.tokenizer, self.word_tokenizer)

    @property
    def body(self) -> Any:
        """The model without its head: token ids to hidden states."""
        own = getattr(self.module, self.module.base_model_prefix, None)
        if own is None and self.kind is ModelKind.CAUSAL:
            own = getattr(self.module, "model", None)
        return self.module if own is None else own

    @cached_property
    def beginning(self) -> tuple[int, ...]:
        """Tokens that the tokenizer puts before every text (BOS, CLS); often none."""
        with_special: list[int] = self.tokenizer.encode("a")
        plain: list[int] = self.tokenizer.encode("a", add_special_tokens=False)
        added = len(with_special) - len(plain)
        start = next(at for at in range(added + 1) if with_special[at : at + len(plain)] == plain)
        return tuple(with_special[:start])

    @property
    def first_tokens(self) -> dict[str, list[str]]:
        """What stands before a text, and before one without a context, in words: kept with what was measured."""
        alone = [] if self.first_token is None else [self.first_token]
        said = {"before_every_text": self.beginning, "instead_of_no_context": alone}
        return {name: list(self.tokenizer.convert_ids_to_tokens(list(tokens))) for name, tokens in said.items()}

    @property
    def first_token(self) -> int | None:
        """The token that stands before a text without a context: BOS, else EOS, else none."""
        for token in (self.tokenizer.bos_token_id, self.tokenizer.eos_token_id):
            if token is not None:
                return int(token)
        return None
