"""Reports on trials of models: sequence length, and which rows may share a batch."""

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.engine.decoder_reader import decodes_together
from leaderboard.backends.local.engine.engine import Engine
from leaderboard.backends.local.engine.layouts import LayoutUse, first_width, try_out
from leaderboard.backends.local.engine.tree_trial import reads_trees
from leaderboard.backends.local.models.loaded_model import LoadedModel


def trial_report(engine: Engine, model: LoadedModel) -> tuple[str, ...]:
    """Test a model in batches as wide as a first trial and return what was found, one phrase each.

    Raises:
        NotMeasurableError: For a model that cannot read text, or is not deterministic.
    """
    trial = try_out(model, first_width(model))
    facts = [f"reads {model.max_length} tokens", f"batches of {trial.layout} (tried {trial.width} wide)"]
    if model.kind is ModelKind.CAUSAL:
        facts.append(f"writes in batches of {try_out(model, first_width(model), LayoutUse.WRITE).layout}")
        facts.append("choices share a row" if reads_trees(engine, model) else "each choice has a row of its own")
    elif model.kind is ModelKind.ENCODER_DECODER:
        facts.append(f"writes in batches of {try_out(model, first_width(model), LayoutUse.WRITE).layout}")
        facts.append("choices share an encoding" if decodes_together(engine, model) else "each choice is read alone")
    return *facts, *model.notes
