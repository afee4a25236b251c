"""Trial report: in a line, what kind a model is, how much it reads, and which rows may share a batch."""

import torch

from leaderboard.engine.engine import Engine
from leaderboard.engine.layouts import Use, first_width, try_out
from leaderboard.engine.tree_trial import reads_trees
from leaderboard.models.loaded import LoadedModel, ModelKind


def trial_report(model: LoadedModel) -> str:
    """Try a model, in batches as wide as a first trial has them.

    Raises:
        NotMeasurableError: for a model that cannot read text, or never answers twice alike.
    """
    tried = try_out(model, first_width(model))
    facts = [
        f"{model.kind}",
        f"reads {model.max_length} tokens",
        f"batches of {tried.layout} (tried {tried.width} wide)",
    ]
    if model.kind is ModelKind.CAUSAL:
        engine = Engine(model.device, threads=torch.get_num_threads())
        facts.append(f"writes in batches of {try_out(model, first_width(model), Use.WRITE).layout}")
        facts.append("choices share a row" if reads_trees(engine, model) else "each choice has a row of its own")
    return "; ".join([*facts, *model.notes])
