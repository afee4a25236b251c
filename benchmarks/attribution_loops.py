"""Loops of captum and shap, with a forward function as their documentation writes it; needs `pip install shap`."""

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from captum._utils.models.linear_model import SkLearnLinearRegression
from captum.attr import FeatureAblation, IntegratedGradients, KernelShap, Lime
from captum.attr._core.lime import get_exp_kernel_similarity_function

from leaderboard.arrays import FloatArray
from leaderboard.attributions.methods.lime import KERNEL_WIDTH, SAMPLES
from leaderboard.attributions.spans import SpanTree
from leaderboard.backends.local.engine.integrated_gradients import TOLERANCE
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.training.linear_head import Head

UNITS = 64
STEPS = 50
"""Default number of points of captum's integrated gradients."""
MOST_STEPS = 256
"""More points are not doubled again."""
SMALLEST_DIFFERENCE = 0.1
"""A smaller difference in log-odds counts as this one, as in this program."""
BATCH = 64
"""Texts of a batch of captum, where the user asks for more than its default of one (`perturbations_per_eval`)."""
SHAP_BATCH = 10
"""Texts that shap's PartitionExplainer asks for at once by default."""
MOST_EVALUATIONS = 500
Loop = Callable[["PlainProbe", Sequence[str], int, int], FloatArray]
"""Returns the attributions of words for a label, with a seed."""


class PlainProbe:
    """A probe as a few lines of transformers: texts to log-odds, in one padded batch."""

    def __init__(self, model: LoadedModel, head: Head) -> None:
        self.module, self.tokenizer = model.module, model.tokenizer
        self.weight = torch.tensor(head.weight, dtype=torch.float32)
        self.bias = torch.tensor(head.bias, dtype=torch.float32)

    def log_odds(self, texts: Sequence[str], label: int) -> torch.Tensor:
        """Return the log-odds of a label for each text."""
        inputs = self.tokenizer(list(texts), padding=True, truncation=True, max_length=128, return_tensors="pt")
        with torch.no_grad():
            return self.of_states(self.module(**inputs).last_hidden_state, inputs["attention_mask"], label)

    def of_states(self, states: torch.Tensor, mask: torch.Tensor, label: int) -> torch.Tensor:
        """Return the log-odds of a label from the states of all tokens."""
        pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        logits = pooled @ self.weight.T + self.bias
        return logits[:, label] - logits[:, 1 - label]

    def of_kept(self, words: Sequence[str], label: int) -> Callable[[torch.Tensor], torch.Tensor]:
        """Return the log-odds as a function of which words are kept, shape (texts, words)."""

        def forward(kept: torch.Tensor) -> torch.Tensor:
            texts = [" ".join(word for word, stays in zip(words, row, strict=True) if stays > 0) for row in kept]
            return self.log_odds(texts, label).double()

        return forward


def _occlusion(probe: PlainProbe, words: Sequence[str], label: int, _seed: int, *, batch: int) -> FloatArray:
    """Return the values of captum's FeatureAblation."""
    method = FeatureAblation(probe.of_kept(words, label))
    return _numbers(method.attribute(torch.ones(1, len(words)), perturbations_per_eval=batch))


def _lime(probe: PlainProbe, words: Sequence[str], label: int, seed: int, *, batch: int) -> FloatArray:
    """Return the values of captum's Lime, with the settings of this program."""
    torch.manual_seed(seed)
    method = Lime(
        probe.of_kept(words, label),
        interpretable_model=SkLearnLinearRegression(),
        similarity_func=get_exp_kernel_similarity_function("cosine", KERNEL_WIDTH),
    )
    ones = torch.ones(1, len(words))
    return _numbers(method.attribute(ones, n_samples=SAMPLES, perturbations_per_eval=batch))


def _kernel_shap(probe: PlainProbe, words: Sequence[str], label: int, seed: int, *, batch: int) -> FloatArray:
    """Return the values of captum's KernelShap."""
    torch.manual_seed(seed)
    method, ones = KernelShap(probe.of_kept(words, label)), torch.ones(1, len(words))
    return _numbers(method.attribute(ones, n_samples=2 * len(words) + 512, perturbations_per_eval=batch))


def _integrated_gradients(
    probe: PlainProbe, words: Sequence[str], label: int, _seed: int, *, converged: bool
) -> FloatArray:
    """Return the values of captum's IntegratedGradients, all points in one batch.

    The number of points is captum's default; to converge it is doubled as long as the completeness error is above the
    tolerance of this program.
    """
    inputs = probe.tokenizer(" ".join(words), return_tensors="pt", truncation=True, max_length=128)
    owners = inputs.word_ids(0)
    table = probe.module.get_input_embeddings()
    embeddings = table(inputs["input_ids"]).detach()
    special = torch.tensor([owner is None for owner in owners])
    masked = table(torch.tensor(probe.tokenizer.mask_token_id)).detach().expand_as(embeddings)
    baseline = torch.where(special[None, :, None], embeddings, masked)

    def forward(points: torch.Tensor) -> torch.Tensor:
        mask = torch.ones(points.shape[:2], dtype=torch.long)
        states = probe.module(inputs_embeds=points, attention_mask=mask).last_hidden_state
        return probe.of_states(states, mask, label)

    method, steps = IntegratedGradients(forward), STEPS
    while True:
        attributed, error = method.attribute(embeddings, baseline, n_steps=steps, return_convergence_delta=True)
        values = attributed[0].sum(-1)
        difference = abs(float(values.sum()) - float(error))
        if not converged or abs(float(error)) <= TOLERANCE * max(difference, SMALLEST_DIFFERENCE) or steps > MOST_STEPS:
            break
        steps *= 2
    starts = np.cumsum([0, *(len(word) + 1 for word in words)])
    totals = np.zeros(len(words))
    for token, value in enumerate(values.tolist()):
        if owners[token] is not None:
            end = inputs.token_to_chars(0, token).end
            totals[int(np.searchsorted(starts, end, side="left")) - 1] += value
    return totals


def _partition_shap(probe: PlainProbe, words: Sequence[str], label: int, _seed: int, *, batch: int) -> FloatArray:
    """Return the values of shap's PartitionExplainer on the same tree of spans.

    It asks for ten texts at a time. By a pipeline of transformers, as shap documents it for texts, these are read one
    by one: its `batch_size` is 1 unless a user sets it.
    """
    shap = _shap()
    forward = probe.of_kept(words, label)

    class Masker(shap.maskers.Masker):  # type: ignore[misc, unused-ignore] - untyped
        clustering = _linkage(SpanTree.of_words(words, UNITS))
        shape = (1, len(words))
        invariants = None

        def __call__(self, mask: Any, x: Any) -> tuple[Any, ...]:
            return (np.where(mask, x, 0)[None],)

        def mask_shapes(self, x: Any) -> list[Any]:
            return [x.shape]

    def answers(rows: Any) -> FloatArray:
        parts = torch.tensor(np.asarray(rows)).split(batch)
        return np.concatenate([np.asarray(forward(part).numpy(), dtype=np.float64) for part in parts])

    explainer = shap.PartitionExplainer(answers, Masker())
    values = explainer(np.ones((1, len(words))), max_evals=MOST_EVALUATIONS, fixed_context=None, silent=True).values[0]
    return np.asarray(values, dtype=np.float64)


@cache
def _shap() -> Any:
    """Import shap without this folder on the path: numba would take its `coverage.py` for the package."""
    here = Path(__file__).resolve().parent
    sys.path[:] = [place for place in sys.path if Path(place).resolve() != here]
    return importlib.import_module("shap")


def _linkage(tree: SpanTree) -> FloatArray:
    """Return the tree as shap has it: a row a node, (left, right, distance, leaves)."""
    rows: list[list[float]] = []

    def add(node: SpanTree) -> int:
        if not node.parts:
            return node.units.start
        left, right = map(add, node.parts)
        rows.append([left, right, float(len(rows) + 1), len(node.units)])
        return len(tree.leaves) + len(rows) - 1

    add(tree)
    return np.array(rows, dtype=np.float64)


def _numbers(values: torch.Tensor) -> FloatArray:
    return np.asarray(values.detach().double().numpy()[0], dtype=np.float64)


ONE, MANY = "one text at a time", f"batches of {BATCH}"
LIBRARY_LOOPS: Mapping[str, Mapping[str, Loop]] = {
    "integrated_gradients": {
        f"{STEPS} points in one batch": partial(_integrated_gradients, converged=False),
        f"{STEPS} points, doubled until converged": partial(_integrated_gradients, converged=True),
    },
    "kernel_shap": {ONE: partial(_kernel_shap, batch=1), MANY: partial(_kernel_shap, batch=BATCH)},
    "lime": {ONE: partial(_lime, batch=1), MANY: partial(_lime, batch=BATCH)},
    "occlusion": {ONE: partial(_occlusion, batch=1), MANY: partial(_occlusion, batch=BATCH)},
    "partition_shap": {
        ONE: partial(_partition_shap, batch=1),
        f"batches of {SHAP_BATCH}": partial(_partition_shap, batch=SHAP_BATCH),
    },
}
"""Loops of each method that a library has, the default of the library first."""
