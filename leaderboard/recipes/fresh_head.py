"""Fresh head: a model's body with a randomly initialized head, created identically in every process.

A causal language model keeps its own head.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import PreTrainedModel

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.model_classes import CLASSES
from leaderboard.backends.local.models.pretrained import load_config, load_module
from leaderboard.backends.local.models.private_folder import private_folder
from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.training.adapter_settings import AdapterSettings
from leaderboard.training.adapters import add_adapters
from leaderboard.training.dropout import set_dropout
from leaderboard.training.freezing import freeze_below
from leaderboard.training.setting_checks import check_kept_layers


@dataclass(frozen=True)
class FreshHead:
    """Factory of a model with a randomly initialized head.

    Attributes:
        folder: folder of the body's weights.
        files: digest of each loaded file in it, by name.
        name: name of the model, for messages.
        kind: kind of the head.
        labels: names of its classes; empty for a head that scores answers.
        pad_id: token id of padding; the model's own, where it has one.
        seed: seed of the head's weights.
        dropout: dropout of body and head; None keeps the model's own.
        layers: number of layers of the body that are kept, from the first one; None keeps all.
        adapters: adapters that are trained instead of the body; None for none.
        trained_layers: number of layers of the body, from the last one down, that are trained without adapters; None
            trains all of it.
    """

    folder: Path
    files: Mapping[str, str]
    name: str
    kind: ModelKind
    labels: tuple[str, ...]
    pad_id: int
    seed: int
    dropout: float | None = None
    layers: int | None = None
    adapters: AdapterSettings | None = None
    trained_layers: int | None = None

    def __call__(self) -> torch.nn.Module:
        """Load the body in float32 and put the head on it.

        Raises:
            NotMeasurableError: when `transformers` has no class with such a head for the body.
            RequestError: when the body has fewer layers than are to be kept or trained, or no dropout to set.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            module = self._load()
        if self.trained_layers is not None:
            freeze_below(module, self.trained_layers, name=self.name)
        if self.adapters is None:
            return module
        settings = self.adapters
        adapted: torch.nn.Module = add_adapters(
            module,
            rank=settings.rank,
            alpha=settings.alpha,
            dropout=settings.dropout,
            method=settings.method,
            trains_head=self.kind is not ModelKind.CAUSAL,
            seed=self.seed,
        )
        return adapted

    def _load(self) -> PreTrainedModel:
        with private_folder(self.folder, self.files) as folder:
            return self._module(folder)

    def _module(self, folder: Path) -> PreTrainedModel:
        config = load_config(folder)
        if type(config) not in CLASSES[self.kind]._model_mapping:  # noqa: SLF001 - transformers has no public name for it
            raise NotMeasurableError(
                f"no class of transformers puts the head of a {self.kind} on a model of type '{config.model_type}'"
            )
        if self.labels:
            config.id2label = dict(enumerate(self.labels))
            config.label2id = {label: index for index, label in enumerate(self.labels)}
        if self.dropout is not None:
            set_dropout(config, self.dropout)
        if self.layers is not None:
            if getattr(config, "is_encoder_decoder", False):
                raise RequestError(
                    f"recipe.layers {self.layers}: {self.name} is an encoder-decoder, of which all layers are kept"
                )
            check_kept_layers(self.layers, config.num_hidden_layers, name=self.name)
            config.num_hidden_layers = self.layers
        config.get_text_config().pad_token_id = self.pad_id  # a decoder looks for the last token that is another
        if self.labels:
            config.problem_type = None  # of the head that is replaced
        config.use_cache = False
        module, _ = load_module(
            CLASSES[self.kind],
            folder,
            config=config,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,  # a head for other classes is replaced
        )
        return module
