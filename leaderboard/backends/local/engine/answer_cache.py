"""A cache of model outputs on disk, so that nothing is computed twice.

One SQLite file a model and kind of device. A key is a digest of all inputs of the model (tokens, their types,
branches), so that another template, BOS, seed or limit has other keys; weights, revision, precision and adapter are in
the model's identity, which names the file. Answers are committed batch by batch: a killed run loses only the batch in
flight, and two runs share their answers.
"""

from array import array
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from leaderboard.backends.local.engine.shared_version import SHARED_CODE
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.cache.answer_file import AnswerFile, Float32Array
from leaderboard.identity import digest


def answer_key(kind: str, *parts: Sequence[int]) -> bytes:
    """Return the key of an answer: a digest of the kind of output and of the input tokens, in parts."""
    numbers = array("i")
    for part in parts:
        numbers.append(len(part))
        numbers.extend(part)
    return blake2b(numbers.tobytes(), digest_size=16, person=kind.encode()).digest()


class AnswerCache:
    """The cached outputs of the models of a run; without a folder nothing is cached."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._files: dict[str, AnswerFile] = {}

    def recall(self, model: LoadedModel, keys: Sequence[bytes]) -> dict[bytes, Float32Array]:
        """Return the cached answers by their keys."""
        return {} if self._folder is None else self._file(self._folder, model).recall(keys)

    def keep(self, model: LoadedModel, answers: Mapping[bytes, Float32Array]) -> None:
        """Store answers, arrays of one dimension, by their keys. They are on disk when this returns."""
        if self._folder is not None:
            self._file(self._folder, model).keep(answers)

    def close(self) -> None:
        """Close the files; the next access opens them again."""
        for file in self._files.values():
            file.close()

    def _file(self, folder: Path, model: LoadedModel) -> AnswerFile:
        # What is computed on a GPU differs in its last digits from what is computed on a CPU.
        name = digest([model.identity, model.device.type, SHARED_CODE])
        return self._files.setdefault(name, AnswerFile(folder / f"{name}.sqlite"))
