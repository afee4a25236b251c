"""Weights from disk into memory."""

from collections.abc import Sequence
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForMultipleChoice,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    PreTrainedModel,
)

from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.models.architectures import note_of_kind
from leaderboard.models.files import read_config
from leaderboard.models.loaded import LoadedModel, ModelKind
from leaderboard.models.quiet import quietly
from leaderboard.models.reading import accept_all_inputs, attend_in_full, check_reading
from leaderboard.models.reference import ResolvedModel
from leaderboard.models.shortage import is_out_of_memory
from leaderboard.models.window import window_of

CLASSES: dict[ModelKind, Any] = {
    ModelKind.CAUSAL: AutoModelForCausalLM,
    ModelKind.MASKED: AutoModelForMaskedLM,
    ModelKind.ENCODER: AutoModel,
    ModelKind.CLASSIFIER: AutoModelForSequenceClassification,
    ModelKind.TAGGER: AutoModelForTokenClassification,
    ModelKind.CHOOSER: AutoModelForMultipleChoice,
    ModelKind.TRANSLATOR: AutoModelForSeq2SeqLM,
}
_SHARE_FOR_WEIGHTS = 0.7
"""Of the free memory of each device that a model is spread over; the rest is for what it computes."""


def load(resolved: ResolvedModel, device: torch.device, *, spread: Sequence[torch.device] = ()) -> LoadedModel:
    """The model in evaluation mode on a device, or spread over several when it is too large for one.

    A model whose file lacks the weights of the head that its configuration promises becomes an encoder: a random head
    would give meaningless scores.

    Raises:
        LeaderboardError: for weights that are broken or incomplete, changed since they were resolved, or do not fit in
            memory.
        RequestError: for an architecture that needs code of its own, or a tokenizer without a fast version.
    """
    resolved.check_files()
    try:
        with quietly():
            tokenizer = AutoTokenizer.from_pretrained(resolved.folder, use_fast=True, trust_remote_code=False)
            kind, module = _module(resolved, spread)
            if not spread:
                torch.nn.Module.to(module, device)
            module.train(mode=False)
            accept_all_inputs(module)
            module.config.use_cache = False  # keys and values are kept where somebody reads them, not for every batch
    except (OSError, ValueError, KeyError, RuntimeError, MemoryError, SafetensorError) as error:
        raise _told(error, resolved, device) from error
    resolved.check_files()  # by their times alone: they may have been exchanged while they were read
    if not tokenizer.is_fast and kind is not ModelKind.TRANSLATOR:
        raise RequestError(f"{resolved.source}: its tokenizer has no fast version (tokenizer.json), which is needed")
    window = window_of(module.config, tokenizer.model_max_length)
    notes = (note_of_kind(read_config(resolved.folder), kind), window.note, attend_in_full(module))
    model = LoadedModel(
        name=resolved.name,
        identity=resolved.digest,
        folder=resolved.folder,
        kind=kind,
        module=module,
        tokenizer=tokenizer,
        device=device,
        dtype=module.dtype,
        max_length=window.tokens - positions_not_used(module),
        notes=tuple(note for note in notes if note),
    )
    check_reading(model, resolved.source)
    return model


def _module(resolved: ResolvedModel, spread: Sequence[torch.device]) -> tuple[ModelKind, PreTrainedModel]:
    module, missing = _read(resolved, resolved.kind, spread)
    inside = f"{module.base_model_prefix}."
    if resolved.kind is not ModelKind.ENCODER:
        if not missing:
            return resolved.kind, module
        if all(not key.startswith(inside) for key in missing):
            module, missing = _read(resolved, ModelKind.ENCODER, spread)
    # The pooler stands on top of the hidden states, which are all that is read of an encoder.
    lost = sorted(key for key in missing if "pooler" not in key)
    if lost:
        raise LeaderboardError(
            f"{resolved.source}: incomplete weights; missing: {', '.join(lost[:5])} ({len(lost)} in all)"
        )
    return ModelKind.ENCODER, module


def _read(resolved: ResolvedModel, kind: ModelKind, spread: Sequence[torch.device]) -> tuple[PreTrainedModel, set[str]]:
    """The module, and the names of its weights that the file does not have."""
    placement: dict[str, Any] = {}
    if spread:
        gpus = [device for device in spread if device.type == "cuda"]
        room = {device.index: int(_SHARE_FOR_WEIGHTS * torch.cuda.mem_get_info(device)[0]) for device in gpus}
        placement = {"device_map": "auto", "max_memory": room or None}
    module, told = CLASSES[kind].from_pretrained(
        resolved.folder,
        dtype=getattr(torch, resolved.dtype),
        use_safetensors=True,
        trust_remote_code=False,
        local_files_only=True,
        output_loading_info=True,
        **placement,
    )
    return module, set(told["missing_keys"])


def positions_not_used(module: PreTrainedModel) -> int:
    """RoBERTa and its kin number positions from behind the padding token's id on."""
    for name, part in module.named_modules():
        if name.endswith("position_embeddings") and getattr(part, "padding_idx", None) is not None:
            return int(part.padding_idx) + 1
    return 0


def _told(error: Exception, resolved: ResolvedModel, device: torch.device) -> LeaderboardError:
    said = str(error).partition("\n")[0]
    if is_out_of_memory(error):
        return LeaderboardError(
            f"{resolved.source}: not enough memory on {device} to load it in {resolved.dtype}\n"
            "  Use a smaller model, --dtype bfloat16, or a device with more memory."
        )
    if "trust_remote_code" in str(error):
        return RequestError(f"{resolved.source}: brings code of its own, which is never run; no built-in architecture")
    if "ignore_mismatched_sizes" in said:
        return LeaderboardError(
            f"{resolved.source}: its weights have other shapes than {resolved.folder}/config.json says"
        )
    if isinstance(error, SafetensorError):
        return LeaderboardError(
            f"{resolved.source}: broken weights in {resolved.folder}: {said}\n  Fetch or copy them again."
        )
    return LeaderboardError(f"{resolved.source}: cannot be loaded from {resolved.folder}: {said}")
