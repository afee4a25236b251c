"""Loading of weights from disk into memory."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
import torch
from safetensors import SafetensorError
from transformers import PreTrainedModel

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.architectures import note_of_kind
from leaderboard.backends.local.models.causality import check_causality
from leaderboard.backends.local.models.context_window import window_of
from leaderboard.backends.local.models.forward_inputs import accept_all_inputs, attend_in_full
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.model_classes import CLASSES
from leaderboard.backends.local.models.model_files import read_config
from leaderboard.backends.local.models.out_of_memory import is_out_of_memory
from leaderboard.backends.local.models.pretrained import load_module, load_tokenizer
from leaderboard.backends.local.models.private_folder import private_folder
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.local.models.vetting import vet
from leaderboard.backends.local.models.virtual_tokens import virtual_token_count
from leaderboard.errors import LeaderboardError, RequestError, as_exceptions, reason_of

_SHARE_FOR_WEIGHTS = 0.7
"""Share of the free memory of each device that a model is spread over; the rest is for what it computes."""


def load(resolved: ResolvedModel, device: torch.device, *, spread: Sequence[torch.device] = ()) -> LoadedModel:
    """Load the model in evaluation mode on a device, or spread it over several where it is too large for one.

    A model whose file lacks the weights of the head that its configuration promises becomes an encoder: a random head
    would give meaningless scores.

    Raises:
        LeaderboardError: for weights that are broken or incomplete, changed since they were resolved, or do not fit in
            memory.
        RequestError: for an architecture that needs code of its own, or a tokenizer without a fast version.
    """
    resolved.check_files()
    try:
        with as_exceptions(), private_folder(resolved.folder, resolved.files) as folder:
            vet(folder, resolved.kind, resolved.content, resolved.source)
            tokenizer = load_tokenizer(folder)
            kind, module = _module(resolved, folder, spread)
        if not spread:
            torch.nn.Module.to(module, device)
        module.train(mode=False)
        accept_all_inputs(module)
        module.config.use_cache = False  # keys and values are cached only where they are used
    except LeaderboardError:
        raise
    except Exception as error:  # the files are untrusted
        raise _error_for(error, resolved, device) from error
    if not tokenizer.is_fast and kind is not ModelKind.TRANSLATOR:
        raise RequestError(f"{resolved.source}: its tokenizer has no fast version (tokenizer.json), which is needed")
    window = window_of(module.config, tokenizer.model_max_length)
    notes = (*resolved.notes, note_of_kind(read_config(resolved.folder), kind), window.note, attend_in_full(module))
    model = LoadedModel(
        name=resolved.name,
        identity=resolved.digest,
        folder=resolved.folder,
        kind=kind,
        module=module,
        tokenizer=tokenizer,
        device=device,
        dtype=module.dtype,
        max_length=window.tokens - positions_not_used(module) - virtual_token_count(module),
        notes=tuple(note for note in notes if note),
        files=resolved.files,
    )
    check_causality(model, resolved.source)
    return model


def _module(resolved: ResolvedModel, folder: Path, spread: Sequence[torch.device]) -> tuple[ModelKind, PreTrainedModel]:
    module, missing = _read(resolved, folder, resolved.kind, spread)
    inside = f"{module.base_model_prefix}."
    if resolved.kind is not ModelKind.ENCODER:
        if not missing:
            return resolved.kind, module
        if all(not key.startswith(inside) for key in missing):
            module, missing = _read(resolved, folder, ModelKind.ENCODER, spread)
    # The pooler stands on top of the hidden states, which are all that is read of an encoder.
    lost = sorted(key for key in missing if "pooler" not in key)
    if lost:
        raise LeaderboardError(
            f"{resolved.source}: incomplete weights; missing: {', '.join(lost[:5])} ({len(lost)} in all)"
        )
    return ModelKind.ENCODER, module


def _read(
    resolved: ResolvedModel, folder: Path, kind: ModelKind, spread: Sequence[torch.device]
) -> tuple[PreTrainedModel, set[str]]:
    """Return the module, and the names of its weights that the file does not have."""
    placement: dict[str, Any] = {}
    if spread:
        gpus = [device for device in spread if device.type == "cuda"]
        room = {device.index: int(_SHARE_FOR_WEIGHTS * torch.cuda.mem_get_info(device)[0]) for device in gpus}
        # Without an entry for it, a GPU that was not named takes its share, too.
        placement = {"device_map": "auto", "max_memory": room or {"cpu": psutil.virtual_memory().total}}
    return load_module(CLASSES[kind], folder, dtype=getattr(torch, resolved.dtype), **placement)


def positions_not_used(module: PreTrainedModel) -> int:
    """Return the number of unused positions: RoBERTa and similar models number them from the padding token's id on."""
    for name, part in module.named_modules():
        if name.endswith("position_embeddings") and getattr(part, "padding_idx", None) is not None:
            return int(part.padding_idx) + 1
    return 0


def _error_for(error: Exception, resolved: ResolvedModel, device: torch.device) -> LeaderboardError:
    message = str(error).partition("\n")[0] if isinstance(error, OSError | ValueError | RuntimeError) else ""
    message = message or reason_of(error)
    if is_out_of_memory(error):
        return LeaderboardError(
            f"{resolved.source}: not enough memory on {device} to load it in {resolved.dtype}\n"
            "  Use a smaller model, --dtype bfloat16, or a device with more memory."
        )
    if "trust_remote_code" in str(error):
        return RequestError(f"{resolved.source}: brings code of its own, which is never run; no built-in architecture")
    if "ignore_mismatched_sizes" in message:
        return LeaderboardError(
            f"{resolved.source}: its weights have other shapes than {resolved.folder}/config.json describes"
        )
    if isinstance(error, SafetensorError):
        return LeaderboardError(
            f"{resolved.source}: broken weights in {resolved.folder}: {message}\n  Fetch or copy them again."
        )
    return LeaderboardError(f"{resolved.source}: cannot be loaded from {resolved.folder}: {message}")
