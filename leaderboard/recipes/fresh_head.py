"""Fresh head: a model's body with a head of random weights, ready to be trained; made alike in every process."""

from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoConfig, PreTrainedModel

from leaderboard.errors import RequestError
from leaderboard.models.loaded import ModelKind
from leaderboard.models.loading import CLASSES
from leaderboard.models.quiet import quietly
from leaderboard.recipes.training.adapters import add_adapters
from leaderboard.recipes.training.dropout import set_dropout
from leaderboard.recipes.training.freezing import freeze_below


@dataclass(frozen=True)
class Adapters:
    """Low-rank matrices that are trained instead of a body's weights; see `recipes.lora.Lora`."""

    rank: int
    alpha: int
    dropout: float


@dataclass(frozen=True)
class FreshHead:
    """What is trained.

    Attributes:
        folder: of the body's weights.
        name: of the model, for messages.
        kind: of head.
        labels: names of its classes; none for one that scores answers.
        pad_id: stands behind short rows; the model's own, where it names one.
        seed: draws the head.
        dropout: of body and head; None leaves the model's own.
        layers: of the body that are kept, the first ones; None keeps all.
        adapters: that are trained instead of the body; None trains all of it.
        trained_layers: of the body, from the last one down, that are trained without adapters; None trains all of it.
    """

    folder: Path
    name: str
    kind: ModelKind
    labels: tuple[str, ...]
    pad_id: int
    seed: int
    dropout: float | None = None
    layers: int | None = None
    adapters: Adapters | None = None
    trained_layers: int | None = None

    def __call__(self) -> torch.nn.Module:
        """Load the body in float32 and put the head on it.

        Raises:
            RequestError: when it has fewer layers than are to be kept or trained, or no dropout to set.
        """
        with quietly(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            module = self._load()
        if self.trained_layers is not None:
            freeze_below(module, self.trained_layers, name=self.name)
        if self.adapters is None:
            return module
        wanted = self.adapters
        adapted: torch.nn.Module = add_adapters(
            module, rank=wanted.rank, alpha=wanted.alpha, dropout=wanted.dropout, seed=self.seed
        )
        return adapted

    def _load(self) -> PreTrainedModel:
        config = AutoConfig.from_pretrained(self.folder, trust_remote_code=False)
        if self.labels:
            config.id2label = dict(enumerate(self.labels))
            config.label2id = {label: index for index, label in enumerate(self.labels)}
        if self.dropout is not None:
            set_dropout(config, self.dropout)
        if self.layers is not None:
            if self.layers > config.num_hidden_layers:
                raise RequestError(
                    f"recipe.layers {self.layers}: {self.name} has {config.num_hidden_layers} layers to keep"
                )
            config.num_hidden_layers = self.layers
        config.get_text_config().pad_token_id = self.pad_id  # a decoder looks for the last token that is another
        if self.labels:
            config.problem_type = None  # of the head that is replaced
        config.use_cache = False
        module: PreTrainedModel = CLASSES[self.kind].from_pretrained(
            self.folder,
            config=config,
            dtype=torch.float32,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,  # a head for other classes is replaced
        )
        return module
