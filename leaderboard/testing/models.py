"""Tiny random models in the ordinary folder format, for tests that need a real model but not a good one."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE, WordPiece
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BertConfig,
    BertForMaskedLM,
    BertModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from leaderboard.backends.capability import Capability
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.model import LocalModel
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.transformers_logs import quietly
from leaderboard.backends.model import Model
from leaderboard.backends.resolved import ResolvedReference

SENTENCES = (
    "The film was a wonderful surprise and I would watch it again.",
    "The plot is dull, the acting is worse, and nobody laughed.",
    "She said that the doctor had been kind to her mother.",
    "He told the nurse that his father was a good engineer.",
    "Review: a great story with a bad ending. Sentiment: positive or negative?",
    "Which of these is the best answer to the question?",
)
"""Their words are tokens. Any other text still has tokens: single letters, or bytes."""

_WIDTH = 32
_LAYERS = 2
_MAX_LENGTH = 128


def tiny_bert(folder: Path, *, masked_head: bool = True, seed: int = 0) -> Path:
    """Write a BERT of two layers with random weights and a WordPiece tokenizer that has [MASK].

    Args:
        folder: made if it is not there.
        masked_head: with its masked-language-model head (BertForMaskedLM), else the body alone (BertModel).
        seed: of the weights.

    Returns:
        The folder.
    """
    tokenizer = _wordpiece()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=_WIDTH,
        num_hidden_layers=_LAYERS,
        num_attention_heads=2,
        intermediate_size=2 * _WIDTH,
        max_position_embeddings=_MAX_LENGTH,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertForMaskedLM(config) if masked_head else BertModel(config)
    return _save(model, tokenizer, folder)


def tiny_llama(folder: Path, *, seed: int = 0) -> Path:
    """Write a Llama of two layers with random weights and a byte-level BPE tokenizer with BOS and EOS.

    Like the tokenizers of most causal models it adds no special token by itself, and it has no padding token.

    Args:
        folder: made if it is not there.
        seed: of the weights.

    Returns:
        The folder.
    """
    tokenizer = _byte_pairs()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=_WIDTH,
        num_hidden_layers=_LAYERS,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=2 * _WIDTH,
        max_position_embeddings=_MAX_LENGTH,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=True,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    return _save(model, tokenizer, folder)


def tiny_t5(folder: Path, *, seed: int = 0) -> Path:
    """Write a T5 of two layers with random weights and a tokenizer that ends every text, as T5's own does.

    Its decoder starts with the padding token.

    Args:
        folder: made if it is not there.
        seed: of the weights.

    Returns:
        The folder.
    """
    tokenizer = _with_ends(_byte_pairs("<pad>"), "$A </s>", "$A </s> $B </s>")
    tokenizer.bos_token = None
    not_of_the_class = {"n_positions": _MAX_LENGTH, "decoder_start_token_id": tokenizer.pad_token_id}
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=_WIDTH,
        d_kv=_WIDTH // 2,
        d_ff=2 * _WIDTH,
        num_layers=_LAYERS,
        num_heads=2,
        relative_attention_num_buckets=8,
        relative_attention_max_distance=16,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        **not_of_the_class,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = T5ForConditionalGeneration(config)
    return _save(model, tokenizer, folder)


def tiny_bart(folder: Path, *, seed: int = 0) -> Path:
    """Write a BART of two layers with random weights and a tokenizer that begins and ends every text, as BART's own.

    Its decoder starts with the token that ends a text, and its logits have a bias.

    Args:
        folder: made if it is not there.
        seed: of the weights.

    Returns:
        The folder.
    """
    tokenizer = _with_ends(_byte_pairs("<pad>"), "<s> $A </s>", "<s> $A </s> </s> $B </s>")
    config = BartConfig(
        vocab_size=len(tokenizer),
        d_model=_WIDTH,
        encoder_layers=_LAYERS,
        decoder_layers=_LAYERS,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=2 * _WIDTH,
        decoder_ffn_dim=2 * _WIDTH,
        max_position_embeddings=_MAX_LENGTH,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.eos_token_id,
        forced_eos_token_id=None,
        init_std=0.2,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BartForConditionalGeneration(config)
        model.final_logits_bias.normal_()
    return _save(model, tokenizer, folder)


def _save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with quietly():
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    return folder


def _wordpiece() -> PreTrainedTokenizerFast:
    """The words of the sentences, and letters for all others. Nothing is learnt: trainers break ties at random."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pad, unknown, start, separator, mask = special
    letters = [chr(code) for code in range(33, 127)]
    split = pre_tokenizers.BertPreTokenizer()
    words = [word for sentence in SENTENCES for word, _ in split.pre_tokenize_str(sentence)]
    tokens = dict.fromkeys([*special, *letters, *(f"##{letter}" for letter in letters), *words])
    tokenizer = Tokenizer(WordPiece({token: number for number, token in enumerate(tokens)}, unk_token=unknown))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(
        (separator, special.index(separator)), (start, special.index(start))
    )
    return _fast(tokenizer, pad_token=pad, unk_token=unknown, cls_token=start, sep_token=separator, mask_token=mask)


def _byte_pairs(padding: str = "") -> PreTrainedTokenizerFast:
    """Every byte, and merges that build the words of the sentences from the left."""
    start, end = "<s>", "</s>"
    padded = {"pad_token": padding} if padding else {}
    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words = dict.fromkeys(word for sentence in SENTENCES for word, _ in split.pre_tokenize_str(sentence))
    merges = list(dict.fromkeys((word[:cut], word[cut]) for word in words for cut in range(1, len(word))))
    tokens = dict.fromkeys(
        [start, end, *padded.values(), *sorted(split.alphabet()), *(left + right for left, right in merges)]
    )
    tokenizer = Tokenizer(BPE({token: number for number, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.ByteLevel()
    return _fast(tokenizer, bos_token=start, eos_token=end, **padded)


def _with_ends(tokenizer: PreTrainedTokenizerFast, single: str, pair: str) -> PreTrainedTokenizerFast:
    """Let a tokenizer put its own special tokens around a text, and around a pair of texts."""
    ends = [(token, tokenizer.convert_tokens_to_ids(token)) for token in ("<s>", "</s>")]
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(single, pair, ends)
    return tokenizer


def _fast(tokenizer: Tokenizer, **special: str) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, model_max_length=_MAX_LENGTH, **special
    )


class NamedModel(Model):
    """A model that can do nothing by itself: what the classifier of a test is given to a subject with."""

    def __init__(self, name: str = "some model", kind: ModelKind = ModelKind.ENCODER) -> None:
        super().__init__(ResolvedReference(name=name, source=name, kind=kind, revision="1", backend="none"))

    @property
    def capabilities(self) -> frozenset[Capability]:
        """None."""
        return frozenset()


def local_model(model: LoadedModel) -> LocalModel:
    """A loaded model as a subject has it, with an engine of its own of one thread."""
    return LocalModel(Engine(model.device, threads=1), model)
