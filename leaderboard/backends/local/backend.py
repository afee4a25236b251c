"""The local backend: PyTorch with weights from the Hub, folders, GGUF files and packages."""

from functools import cached_property
from typing import TYPE_CHECKING

from leaderboard.backends.backend import Backend, ComputeOptions
from leaderboard.backends.environment import Environment
from leaderboard.backends.local.models.reference import ModelReference, resolve
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.local.threads import default_threads
from leaderboard.backends.progress import Progress, silent
from leaderboard.cache.eviction import keep_within
from leaderboard.cache.kinds import CacheKind
from leaderboard.settings import cache_folder, cache_limit

if TYPE_CHECKING:
    from leaderboard.backends.local.engine.devices import Devices
    from leaderboard.backends.local.engine.engine import Engine
    from leaderboard.backends.local.model import LocalModel


class LocalBackend(Backend[ResolvedModel]):
    """A backend that computes with PyTorch on this machine."""

    def __init__(self, options: ComputeOptions, progress: Progress = silent, *, engine: "Engine | None" = None) -> None:
        """Open the backend.

        Args:
            options: of the run.
            progress: called after every batch.
            engine: Runs the forward passes; by default one on the options' devices, with a cache of answers on disk.
        """
        super().__init__(options, progress)
        self._engine = engine

    @cached_property
    def devices(self) -> "Devices":
        """Devices that models are placed on.

        Raises:
            RequestError: for a device that this machine does not have.
        """
        from leaderboard.backends.local.engine.devices import choose_devices  # noqa: PLC0415 - slow to import

        return choose_devices(self.options.device)

    @cached_property
    def threads(self) -> int:
        """CPU threads of the engine."""
        return self.options.threads or default_threads()

    @cached_property
    def engine(self) -> "Engine":
        """The engine that runs the forward passes."""
        if self._engine is not None:
            return self._engine
        from leaderboard.backends.local.engine.answer_cache import AnswerCache  # noqa: PLC0415 - slow to import
        from leaderboard.backends.local.engine.engine import Engine  # noqa: PLC0415

        keep_within(cache_limit())  # answers of this run come on top, and are in use
        return Engine(
            self.devices.first,
            self.threads,
            self.progress,
            AnswerCache(cache_folder() / CacheKind.ANSWERS),
            replicas=self.devices.replicas,
            spread=self.devices.spread,
        )

    def check(self, reference: str) -> None:
        """Check that a reference has a valid form, and that its folder or file and the devices exist.

        Raises:
            RequestError: If one of them is not valid or does not exist.
        """
        ModelReference.parse(reference)
        _ = self.devices

    def resolve(self, reference: str, *, helps: bool = False) -> ResolvedModel:
        """Fetch or convert the weights of a reference, as `models.reference.resolve` does."""
        return resolve(
            ModelReference.parse(reference),
            dtype=self.options.dtype,
            device_type=self.devices.first.type,
            offline=self.options.offline,
            helps=helps,
        )

    def load(self, model: ResolvedModel) -> "LocalModel":
        """Load the weights onto the engine's devices."""
        # Slow to import; a run that the store serves loads nothing.
        from leaderboard.backends.local.model import LocalModel  # noqa: PLC0415
        from leaderboard.backends.local.models.loading import load  # noqa: PLC0415

        return LocalModel(self.engine, load(model, self.engine.device, spread=self.engine.spread))

    def environment(self, model: ResolvedModel) -> Environment:
        """Describe this machine."""
        from leaderboard.backends.local.environment import describe  # noqa: PLC0415 - slow to import

        return describe(self.devices, model.dtype, self.threads)
