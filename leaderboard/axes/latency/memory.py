"""Peak memory of loading a model and of one forward pass: on a CPU in a fresh process, on a GPU by its own count."""

import subprocess
import sys
from pathlib import Path

import psutil
import torch

from leaderboard.axes.latency.cost import TOKENS, forward
from leaderboard.errors import NotMeasurableError
from leaderboard.models.loaded import LoadedModel

_TIMEOUT_S = 600
_STATUS = Path("/proc/self/status")


def peak_memory(model: LoadedModel, threads: int) -> int:
    """Most memory that the model and one forward pass over 128 tokens take at once, in bytes.

    CPU: a fresh process loads the weights from their folder and runs the pass; its largest resident set, less what
    was resident before loading, so that Python and its libraries do not count.
    GPU: the most that torch had allocated on the device during the pass, weights included.

    Args:
        model: what to load again.
        threads: torch may use, each with memory of its own.

    Raises:
        NotMeasurableError: when the model reads fewer than 128 tokens, or the process fails.
    """
    if model.max_length < TOKENS:
        raise NotMeasurableError(
            f"{model.name} reads at most {model.max_length} tokens; measured is a pass over {TOKENS}"
        )
    if model.device.type == "cuda":
        return _on_gpu(model)
    name, dtype = type(model.module).__name__, str(model.dtype).removeprefix("torch.")
    command = [sys.executable, "-m", __spec__.name, name, str(model.folder), dtype, str(threads)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise NotMeasurableError(f"loading the model in a fresh process took over {_TIMEOUT_S} s") from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise NotMeasurableError(f"loading the model in a fresh process failed: {last}")
    return int(done.stdout.split()[-1])


def _on_gpu(model: LoadedModel) -> int:
    torch.cuda.reset_peak_memory_stats(model.device)
    with torch.inference_mode():
        forward(model.module)
    torch.cuda.synchronize(model.device)
    return int(torch.cuda.max_memory_allocated(model.device))


def _peak_resident() -> int:
    """Largest resident set of this process so far, in bytes.

    On Linux from /proc: getrusage's maximum there survives exec, so that a child shows its parent's peak.
    """
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return 1024 * int(line.split()[1])
    import resource  # noqa: PLC0415  does not exist on Windows, where the reason is then told

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: bytes


def _main(name: str, folder: str, dtype: str, threads: str) -> None:
    """What the fresh process does: load, run, print the bytes."""
    import transformers  # noqa: PLC0415 - slow to import, and not for who starts this process

    torch.set_num_threads(int(threads))
    model_class = getattr(transformers, name)
    before = psutil.Process().memory_info().rss
    module = model_class.from_pretrained(
        folder, dtype=getattr(torch, dtype), local_files_only=True, use_safetensors=True
    ).eval()
    for tensor in module.parameters():
        tensor.sum()  # a mapped file is resident once it is read: embeddings of other tokens count, as on a GPU
    with torch.inference_mode():
        forward(module)
    sys.stdout.write(f"{_peak_resident() - before}\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
