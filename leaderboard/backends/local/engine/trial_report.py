"""One-line reports on models: kind, sequence length, and which rows may share a batch."""

import torch

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.layouts import LayoutUse, first_width, try_out
from leaderboard.backends.local.engine.tree_trial import reads_trees
from leaderboard.backends.local.models.loaded_model import LoadedModel


def trial_report(model: LoadedModel) -> str:
    """Test a model in batches as wide as a first trial and return a report.

    Raises:
        NotMeasurableError: For a model that cannot read text, or is not deterministic.
    """
    trial = try_out(model, first_width(model))
    facts = [
        f"{model.kind}",
        f"reads {model.max_length} tokens",
        f"batches of {trial.layout} (tried {trial.width} wide)",
    ]
    if model.kind is ModelKind.CAUSAL:
        engine = Engine(model.device, threads=torch.get_num_threads())
        facts.append(f"writes in batches of {try_out(model, first_width(model), LayoutUse.WRITE).layout}")
        facts.append("choices share a row" if reads_trees(engine, model) else "each choice has a row of its own")
    return "; ".join([*facts, *model.notes])
