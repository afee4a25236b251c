"""Models in memory, with their tokenizer and their origin."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.alteration import UNALTERED, Alteration
from leaderboard.backends.local.models.encoder_decoder import encoder_of, is_encoder_decoder
from leaderboard.backends.local.models.model_files import folder_files
from leaderboard.backends.local.models.private_folder import private_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from leaderboard.backends.local.models.word_encoding import WordEncoder


@dataclass(frozen=True)
class LoadedModel:
    """A model in evaluation mode on its device.

    Attributes:
        name: short name for people.
        identity: digest of the weights in memory, their precision and their tokenizer; answers are kept under it.
        folder: holds the `config.json`, weights and tokenizer it was loaded from.
        kind: Kind of its head; an encoder has none. A classifier predicts the class of a text, a tagger that of each
            token, a chooser scores one answer to a question. An encoder-decoder writes text for a text; a translator,
            which is one too, only helps recipes.
        module: the `transformers` model, with its language-model head where it has one.
        tokenizer: a fast tokenizer; a translator may have a slow one.
        device: Its device.
        dtype: of its floating-point weights.
        max_length: Maximum sequence length in tokens.
        alteration: Changes of the weights of that folder; see `models.altered_model`.
        notes: Notes for readers of its results on how it computes, one sentence each.
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
    files: "Mapping[str, str]" = field(default_factory=dict)

    def private_folder(self) -> "AbstractContextManager[Path]":
        """Return a folder with only the files that it was loaded from, to load them again."""
        return private_folder(self.folder, self.files or folder_files(self.folder))

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes of a classifier's or tagger's head, in the order of its outputs."""
        named = {int(index): str(name) for index, name in (self.module.config.id2label or {}).items()}
        return tuple(named[index] for index in sorted(named))

    @cached_property
    def embedded_tokens(self) -> int:
        """Number of tokens with an embedding; 0 where the model has no table of them."""
        try:
            embedding: Any = self.module.get_input_embeddings()
        except NotImplementedError:  # of characters, by their hashes (CANINE)
            return 0
        return int(getattr(embedding, "num_embeddings", 0))

    @property
    def text_embeddings(self) -> Any:
        """The table in which the tokens of a text are looked up; of an encoder-decoder that of its encoder."""
        read_by = self.body if is_encoder_decoder(self.module) else self.module
        return read_by.get_input_embeddings()

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
        from leaderboard.backends.local.models.pretrained import load_tokenizer  # noqa: PLC0415 - not needed to name kinds of models

        with self.private_folder() as private:
            return load_tokenizer(private, add_prefix_space=True)

    @cached_property
    def word_encoder(self) -> "WordEncoder":
        """The encoder of sentences that are split into words already."""
        from leaderboard.backends.local.models.word_encoding import WordEncoder  # noqa: PLC0415 - as above

        return WordEncoder(self.tokenizer, self.word_tokenizer)

    @property
    def body(self) -> Any:
        """The model without its head: token ids to hidden states. Of an encoder-decoder it is the encoder."""
        if is_encoder_decoder(self.module):
            return encoder_of(self.module)
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
        """Special tokens in front of a text, and of one without a context, as strings; recorded with results."""
        alone = [] if self.first_token is None else [self.first_token]
        tokens_by_place = {"before_every_text": self.beginning, "instead_of_no_context": alone}
        return {
            name: list(self.tokenizer.convert_ids_to_tokens(list(tokens))) for name, tokens in tokens_by_place.items()
        }

    @property
    def first_token(self) -> int | None:
        """The token in front of a text without a context: BOS, else EOS, else none."""
        for token in (self.tokenizer.bos_token_id, self.tokenizer.eos_token_id):
            if token is not None:
                return int(token)
        return None
