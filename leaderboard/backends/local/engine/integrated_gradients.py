"""Integrated gradients of the log-odds of a class, from a text without its words to the text."""

from collections.abc import Callable

import torch
from captum.attr import IntegratedGradients

from leaderboard.arrays import FloatArray
from leaderboard.backends.classifiers import WordIntegrals
from leaderboard.backends.local.engine.text_scores import TextScores
from leaderboard.backends.local.models.quantisation import without_rounding
from leaderboard.errors import NotMeasurableError

FIRST_STEPS = 16
MOST_STEPS = 256
"""Numbers of points of the path at first and at most; they are doubled between."""
TOLERANCE = 0.05
"""Largest completeness error at which doubling ends, as a share of the difference that is attributed."""
_SMALLEST_DIFFERENCE = 0.1
"""A smaller difference in log-odds counts as this one: a share of nothing would never be small enough."""
_TOKENS = 2048
"""Tokens of all points that are computed together."""


def integrated_gradients(scores: TextScores, label: int) -> WordIntegrals:
    """Integrate the gradient of the log-odds of a class along the line from a baseline to the text.

    In the baseline, each token of a word has the embedding of the mask token, or zeros where the model has none;
    special tokens and those of a prompt stay as they are. The points are those of Gauss-Legendre quadrature, doubled
    until the attributions sum to the difference between the text and its baseline (completeness).

    Source: Sundararajan et al. 2017, computed by captum.

    Raises:
        NotMeasurableError: for a head that takes no embeddings in the place of tokens.
    """
    model = scores.model
    if scores.decodes and not scores.decoded:
        raise NotMeasurableError("the head of this encoder-decoder finds the end of a text by its tokens")
    log_odds, embeddings, baseline = _function(scores, label)
    method = IntegratedGradients(log_odds)
    with torch.no_grad(), without_rounding(model.module):
        ends = log_odds(torch.cat([embeddings, baseline]))
    difference = float(ends[0] - ends[1])
    steps, points = FIRST_STEPS, 2
    while True:
        with torch.enable_grad(), without_rounding(model.module):
            attributed = method.attribute(
                embeddings,
                baseline,
                n_steps=steps,
                method="gausslegendre",
                internal_batch_size=max(1, _TOKENS // max(len(row) for row in scores.rows)),
            )
        values: FloatArray = attributed[0].sum(-1).detach().double().cpu().numpy()
        points += steps
        error = abs(float(values.sum()) - difference)
        if error <= TOLERANCE * max(abs(difference), _SMALLEST_DIFFERENCE) or steps >= MOST_STEPS:
            return WordIntegrals(scores.by_word(values), error, points * len(scores.rows))
        steps *= 2


def _function(
    scores: TextScores, label: int
) -> tuple[Callable[[torch.Tensor], torch.Tensor], torch.Tensor, torch.Tensor]:
    """Return the log-odds as a function of the embeddings of the shared tokens, these embeddings, and the baseline."""
    model, network = scores.model, scores.network
    table = model.text_embeddings
    options = {"output_hidden_states": True} if scores.every_layer else {}
    shared = len(scores.owners) if len(scores.rows) > 1 else len(scores.rows[0])
    with torch.no_grad():
        tails = [table(torch.tensor([list(row)], device=model.device)).detach()[:, shared:] for row in scores.rows]
        embeddings = table(torch.tensor([list(scores.rows[0][:shared])], device=model.device)).detach()
        masked = _baseline(scores, embeddings)
    owned = torch.tensor([owner is not None for owner in scores.owners] + [False] * (shared - len(scores.owners)))
    baseline = torch.where(owned[None, :, None].to(model.device), masked, embeddings)

    def log_odds(points: torch.Tensor) -> torch.Tensor:
        outputs, masks = [], []
        for number, tail in enumerate(tails):
            inputs = torch.cat([points, tail.expand(len(points), -1, -1)], dim=1).to(embeddings.dtype)
            masks.append(torch.ones(inputs.shape[:2], dtype=torch.long, device=model.device))
            more = _decoded(scores, number, len(points))
            outputs.append(network(inputs_embeds=inputs, attention_mask=masks[-1], **more, **options))
        answers = scores.log_probabilities(outputs, masks)
        others = [index for index in range(answers.shape[1]) if index != label]
        return answers[:, label] - answers[:, others].logsumexp(1)

    return log_odds, embeddings, baseline


def _decoded(scores: TextScores, number: int, points: int) -> dict[str, torch.Tensor]:
    if not scores.decoded:
        return {}
    ids = torch.tensor([list(scores.decoded[number])], device=scores.model.device)
    return {"decoder_input_ids": ids.expand(points, -1)}


def _baseline(scores: TextScores, embeddings: torch.Tensor) -> torch.Tensor:
    """Return the embedding of the mask token, or zeros, in the shape of the embeddings."""
    token = scores.model.tokenizer.mask_token_id
    if token is None or token >= scores.model.embedded_tokens > 0:
        return torch.zeros_like(embeddings)
    ids = torch.tensor([[token]], device=scores.model.device)
    embedding: torch.Tensor = scores.model.text_embeddings(ids).detach()
    return embedding.expand_as(embeddings)
