"""Costs of a model on any machine: parameters, bytes of weights, and operations of one forward pass."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch.utils.flop_counter import FlopCounterMode

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.end_tokens import end_token
from leaderboard.backends.local.models.architectures import kind_of_class
from leaderboard.backends.local.models.encoder_decoder import is_encoder_decoder
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.local.models.quantisation import without_rounding
from leaderboard.errors import NotMeasurableError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

TOKENS = 128
"""Length of the forward pass whose operations and memory are reported."""


@dataclass(frozen=True, slots=True)
class UsedPart:
    """The part of a model that computes one answer.

    Attributes:
        headless: whether its body alone, without a head of its own.
        positions: how many positions of a pass are projected to the vocabulary; None for all, or where none are.
    """

    headless: bool = False
    positions: int | None = None

    def network(self, model: LoadedModel) -> "PreTrainedModel":
        """The part of the model that is run."""
        network: PreTrainedModel = model.body if self.headless else model.module
        return network


WHOLE = UsedPart()


def used_parts(answer: Callable[[], object], models: Sequence[LoadedModel]) -> list[UsedPart]:
    """Return the part of each model that computes one answer, observed by hooks. An unused model counts as a whole.

    Args:
        answer: gives one answer, computed afresh.
        models: The models that may compute it.
    """
    calls = {id(model.module): _Calls() for model in models}
    with ExitStack() as hooks:
        for model in {id(model.module): model for model in models}.values():
            calls[id(model.module)].watch(model, hooks)
        answer()
    return [calls[id(model.module)].use for model in models]


@dataclass
class _Calls:
    bodies: int = 0
    wholes: int = 0
    positions: int = 0

    def watch(self, model: LoadedModel, hooks: ExitStack) -> None:
        def of_body(*_: object) -> None:
            self.bodies += 1

        def of_whole(*_: object) -> None:
            self.wholes += 1

        def of_projection(_projection: object, _inputs: object, logits: torch.Tensor) -> None:
            self.positions += logits.numel() // logits.shape[-1]

        watched = [(model.body, of_body), (model.module, of_whole), (projection_of(model.module), of_projection)]
        for part, hook in watched:
            if part is not None:
                hooks.callback(part.register_forward_hook(hook).remove)

    @property
    def use(self) -> UsedPart:
        if self.bodies and not self.wholes:
            return UsedPart(headless=True)
        positions = -(-self.positions // self.wholes) if self.wholes else 0
        return UsedPart(positions=positions or None)


def projection_of(module: "PreTrainedModel") -> torch.nn.Module | None:
    """Return the projection of hidden states to the vocabulary, or None."""
    projection = module.get_output_embeddings()  # type: ignore[no-untyped-call]
    return projection if isinstance(projection, torch.nn.Module) else None


def parameters(model: LoadedModel, use: UsedPart = WHOLE) -> int:
    """Return the number of parameters, with its own head where answers use it; tied ones are counted once.

    The zeros of a pruned model are numbers too: they are kept and multiplied like others.
    """
    return sum(tensor.numel() for tensor in use.network(model).parameters())


def weight_bytes(model: LoadedModel, use: UsedPart = WHOLE) -> int:
    """Return the bytes of all parameters and buffers, with its own head where answers use it.

    Tied ones are counted once. Of quantised weights these are the integers and their scales.
    """
    return sum(bytes_by_device(use.network(model)).values())


def bytes_by_device(network: torch.nn.Module) -> dict[torch.device, int]:
    """Return the bytes of all parameters and buffers by device."""
    kept = {
        (part.device, part.data_ptr()): part.nbytes
        for tensor in (*network.parameters(), *network.buffers())
        for part in parts(tensor)
    }
    totals: Counter[torch.device] = Counter()
    for (device, _), size in kept.items():
        totals[device] += size
    return dict(totals)


def parts(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield the tensors that hold a tensor's numbers: itself, or the inner tensors of a subclass."""
    flatten = getattr(tensor, "__tensor_flatten__", None)
    if flatten is None:
        yield tensor
        return
    for name in flatten()[0]:
        yield from parts(getattr(tensor, name))


def flops(model: LoadedModel, use: UsedPart = WHOLE) -> int:
    """Floating-point operations of one forward pass over 128 tokens, a multiplication and an addition counted as two.

    Of an encoder-decoder it encodes 128 tokens, and decodes as many positions as an answer reads; a head that chooses
    reads one choice.
    Counted are the matrix products of what an answer runs: of the body, and of a head of the model's own, of a
    vocabulary projection at the positions that are read. A head that a recipe adds is not in it. Operations on integers
    count like those on floating-point numbers; the counter does not see them, so other products of the same shape stand
    in for them. Nor does it see inside the fused CPU kernel of attention (3 % of a BERT-base at this length), which is
    switched to its eager form.

    Raises:
        NotMeasurableError: when the model reads fewer than 128 tokens.
    """
    if model.max_length < TOKENS:
        raise NotMeasurableError(
            f"{model.name} reads at most {model.max_length} tokens; counted is a pass over {TOKENS}"
        )
    with (
        _eager_attention(model.module),
        without_rounding(model.module),
        torch.no_grad(),
        FlopCounterMode(display=False) as counter,
    ):
        forward(use.network(model), use.positions)
    return int(counter.get_total_flops())


def forward(network: "PreTrainedModel", positions: int | None = None) -> None:
    """One forward pass over 128 tokens; which tokens they are changes neither time nor memory.

    Args:
        network: a model, or its body.
        positions: that are projected to the vocabulary; None for all. Of an encoder-decoder as many are decoded.
    """
    ids = torch.ones((1, TOKENS), dtype=torch.long, device=network.device)
    inputs, end = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}, end_token(network)
    if end is not None:
        ids[:, -1] = end
    if kind_of_class(type(network).__name__) is ModelKind.CHOOSER:
        inputs = {name: tensor.unsqueeze(1) for name, tensor in inputs.items()}  # one choice
    projection = projection_of(network)
    with ExitStack() as hooks:
        if projection is not None and is_encoder_decoder(network):
            inputs["decoder_input_ids"] = ids[:, : positions or TOKENS]
        elif projection is not None and positions is not None:
            hook = projection.register_forward_pre_hook(
                lambda _projection, states: (states[0][..., -positions:, :], *states[1:])
            )
            hooks.callback(hook.remove)
        network(**inputs)


@contextmanager
def _eager_attention(module: "PreTrainedModel") -> Iterator[None]:
    before = module.config._attn_implementation  # noqa: SLF001  transformers has no public name for it
    module.set_attn_implementation("eager")
    try:
        yield
    finally:
        module.set_attn_implementation(before)
