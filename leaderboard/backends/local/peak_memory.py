"""Peak memory of loading a model and of one forward pass: in a fresh process on a CPU, by torch's count on a GPU."""

import ctypes
import gc
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import torch

from leaderboard.backends.local.cost import TOKENS, WHOLE, UsedPart, bytes_by_device, forward, parts
from leaderboard.backends.local.models.alteration import Alteration
from leaderboard.backends.local.models.altered_model import alter_module
from leaderboard.backends.local.models.encoder_decoder import encoder_of, is_encoder_decoder
from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.errors import NotMeasurableError
from leaderboard.interruption import end_with_parent
from leaderboard.isolation import python_command, safe_environment

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_TIMEOUT_S = 600
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_MODEL, _BODY = "model", "body"
_CLEAR_PEAK = "5"
"""Value that resets the largest resident set, by proc(5)."""


def peak_memory(model: LoadedModel, threads: int, use: UsedPart = WHOLE) -> int:
    """Measure the peak memory of the model and one forward pass over 128 tokens, in bytes.

    CPU: a fresh process loads the weights from their folder and runs the pass; its largest resident set, less what
    was resident before loading, so that Python and its libraries do not count. Weights that were altered are altered
    there too, and the peak is that of the pass over what is left then: what altering took does not count.
    GPU: the model's weights, and the most that torch allocated on the device during the pass in addition to what was
    allocated before.

    Args:
        model: what to load again.
        threads: torch may use, each with memory of its own.
        use: what of the model an answer runs.

    Raises:
        NotMeasurableError: If the model reads fewer than 128 tokens, the process fails, or this system cannot separate
            the peak of altering from that of the pass.
    """
    if model.max_length < TOKENS:
        raise NotMeasurableError(
            f"{model.name} reads at most {model.max_length} tokens; measured is a pass over {TOKENS}"
        )
    if model.device.type == "cuda":
        return _on_gpu(model, use)
    if model.alteration and not _CLEAR.exists():
        raise NotMeasurableError(f"{model.name} is altered after loading, whose peak only Linux can leave out")
    name, dtype = type(model.module).__name__, str(model.dtype).removeprefix("torch.")
    altered = model.alteration.to_text()
    part = f"{_BODY if use.headless else _MODEL}:{use.positions or TOKENS}"
    try:
        with model.private_folder() as folder:
            command = python_command(__spec__.name, name, str(folder), dtype, str(threads), part, altered)
            done = subprocess.run(
                command, env=safe_environment(), capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
            )
    except subprocess.TimeoutExpired:
        raise NotMeasurableError(f"loading the model in a fresh process took over {_TIMEOUT_S} s") from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise NotMeasurableError(f"loading the model in a fresh process failed: {last}")
    return int(done.stdout.split()[-1])


def _on_gpu(model: LoadedModel, use: UsedPart = WHOLE) -> int:
    """The model's own weights, and what the pass adds to whatever stands on the device."""
    before = torch.cuda.memory_allocated(model.device)
    torch.cuda.reset_peak_memory_stats(model.device)
    with torch.inference_mode():
        forward(use.network(model), use.positions)
    torch.cuda.synchronize(model.device)
    own = bytes_by_device(use.network(model)).get(model.device, 0)
    return own + int(torch.cuda.max_memory_allocated(model.device)) - before


def _peak_resident() -> int:
    """Largest resident set of this process so far, in bytes.

    On Linux from /proc: getrusage's maximum there survives exec, so that a child shows its parent's peak.
    """
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])
    import resource  # noqa: PLC0415  does not exist on Windows, where the import error becomes the reason

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: bytes


def _alter_and_forget(module: "PreTrainedModel", alteration: Alteration) -> None:
    """Alter the weights, give back what that took, and begin the largest resident set anew."""
    alter_module(module, alteration)
    for tensor in (*module.parameters(), *module.buffers()):
        for part in parts(tensor):
            part.data = part.data.clone()  # a view of the mapped file would keep all of it resident
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    _CLEAR.write_text(_CLEAR_PEAK)


def _main(name: str, folder: str, dtype: str, *how: str) -> None:
    """What the fresh process does: load, alter, run, print the bytes."""
    import transformers  # noqa: PLC0415 - slow to import, and not for who starts this process

    from leaderboard.backends.local.models.pretrained import load_module  # noqa: PLC0415 - as above

    end_with_parent()

    threads, use, altered = how
    torch.set_num_threads(int(threads))
    part, positions = use.split(":")
    model_class = getattr(transformers, name)
    alteration = Alteration.from_text(altered)
    before = psutil.Process().memory_info().rss
    loaded, _ = load_module(model_class, Path(folder), dtype=getattr(torch, dtype))
    module = loaded.train(mode=False)
    if part == _BODY:
        base = getattr(module, module.base_model_prefix, module)
        module = encoder_of(module) if is_encoder_decoder(module) else base
    for tensor in module.parameters():
        tensor.sum()  # a mapped file is resident once it is read: embeddings of other tokens count, as on a GPU
    if alteration:
        _alter_and_forget(module, alteration)
    with torch.inference_mode():
        forward(module, int(positions))
    sys.stdout.write(f"{_peak_resident() - before}\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
