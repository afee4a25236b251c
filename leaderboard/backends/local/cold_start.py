"""Cold start: the time of a fresh process from its start to the first pass of a model, step by step."""

import subprocess
import sys
import time
from pathlib import Path

from leaderboard.backends.local.models.loaded_model import LoadedModel
from leaderboard.backends.weights import ColdStart
from leaderboard.errors import NotMeasurableError
from leaderboard.interruption import end_with_parent
from leaderboard.isolation import python_command, safe_environment

TOKENS = 128
"""Length of the first pass, as in `local.cost`, which imports torch."""
_TIMEOUT_S = 600


def cold_start(model: LoadedModel, threads: int) -> ColdStart:
    """Start a fresh process that imports the libraries, loads the model and its tokenizer, and runs one pass.

    The files of the model are read from the disk's cache, since this process has read them.

    Args:
        model: what to load again.
        threads: torch may use.

    Raises:
        NotMeasurableError: For a model that is altered after loading or reads less, or when the process fails.
    """
    if model.max_length < TOKENS:
        raise NotMeasurableError(
            f"{model.name} reads at most {model.max_length} tokens; measured is a pass over {TOKENS}"
        )
    if model.alteration:
        raise NotMeasurableError(f"{model.name} is altered after loading, and no process starts with such weights")
    arguments = (type(model.module).__name__, str(model.dtype).removeprefix("torch."), str(model.device), str(threads))
    with model.private_folder() as folder:
        command = python_command(__spec__.name, str(folder), *arguments)
        start = time.perf_counter()
        try:
            done = subprocess.run(
                command, env=safe_environment(), capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotMeasurableError(f"loading the model in a fresh process took over {_TIMEOUT_S} s") from None
        seconds = time.perf_counter() - start
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise NotMeasurableError(f"loading the model in a fresh process failed: {last}")
    load, first = map(float, done.stdout.split()[-2:])
    return ColdStart(seconds - load - first, load, first)


def _main(folder: str, name: str, dtype: str, device: str, threads: str) -> None:
    """What the fresh process does: import, load, run; it prints the seconds of the last two."""
    import torch  # noqa: PLC0415 - its time is measured
    import transformers  # noqa: PLC0415 - as above

    from leaderboard.backends.local.cost import forward  # noqa: PLC0415 - as above
    from leaderboard.backends.local.models.pretrained import load_module, load_tokenizer  # noqa: PLC0415 - as above

    end_with_parent()
    torch.set_num_threads(int(threads))
    begin = time.perf_counter()
    loaded, _ = load_module(getattr(transformers, name), Path(folder), dtype=getattr(torch, dtype))
    load_tokenizer(Path(folder))
    module = loaded.train(mode=False).to(device)
    middle = time.perf_counter()
    with torch.inference_mode():
        forward(module, 1)
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize()
    sys.stdout.write(f"{middle - begin} {time.perf_counter() - middle}\n")


if __name__ == "__main__":
    _main(*sys.argv[1:])
