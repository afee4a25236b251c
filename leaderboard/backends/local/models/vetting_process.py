"""The process that builds untrusted models under limits.

Started as `python -P -m leaderboard.backends.local.models.vetting_process 30`. It reads requests from its input, a line
of JSON each, and answers each with one. On Linux it imports `transformers` once and answers in a fork, whose memory and
time the kernel limits, and ends after the seconds in its argument without a request; elsewhere `models.vetting` starts
one process a request and watches it.
"""

import gc
import json
import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from leaderboard.errors import RequestError
from leaderboard.interruption import end_with_parent

_STATM = Path("/proc/self/statm")
_CHUNK = 1 << 16
_MORE_S = 5
"""Seconds between the signal that time is over and the one that nothing can ignore."""

Reply = dict[str, Any]


def vet(request: dict[str, Any], report: Callable[[str], None]) -> Reply:
    """Build the tokenizer and the model of a folder, the latter without weights, and try the tokenizer.

    Args:
        request: `folder`, `kind` (a `ModelKind`), and `gguf`, the file's name where the model is one.
        report: Called with the name of the part that is built next, for the message if this process is ended.

    Returns:
        `numbers` and `buffer_bytes` (see `models.meta_model.ModelSize`); `refused` with a message for a model beyond
        limits; or `error` with the message of a library.
    """
    from leaderboard.backends.kind import ModelKind  # noqa: PLC0415
    from leaderboard.backends.local.models.config_limits import excess_of  # noqa: PLC0415 - imported before, where this process serves
    from leaderboard.backends.local.models.meta_model import model_size  # noqa: PLC0415
    from leaderboard.backends.local.models.model_classes import CLASSES  # noqa: PLC0415
    from leaderboard.backends.local.models.pretrained import closed, load_config, load_tokenizer  # noqa: PLC0415
    from leaderboard.backends.local.models.tokenizer_limits import check_parts, check_probes  # noqa: PLC0415

    folder = Path(request["folder"])
    options = {"gguf_file": request["gguf"]} if request.get("gguf") else {}
    report("the tokenizer")
    tokenizer: Any = load_tokenizer(folder, **options)
    if tokenizer.is_fast:
        check_parts(tokenizer.backend_tokenizer)
    check_probes(tokenizer)
    report("config.json")
    config = load_config(folder, **options)
    if (excess := excess_of(config.to_dict())) is not None:  # of a GGUF file, or implied
        return {"refused": excess}
    with closed():
        size = model_size(CLASSES[ModelKind(request["kind"])], config)
    return {"numbers": size.numbers, "buffer_bytes": size.buffer_bytes}


def _answer(request: dict[str, Any], output: int) -> None:
    """Write the parts that are built, line by line, and at last the reply."""

    def write(content: Reply) -> None:
        os.write(output, json.dumps(content).encode() + b"\n")

    try:
        reply = vet(request, lambda part: write({"building": part}))
    except RequestError as error:
        reply = {"refused": str(error)}
    except MemoryError:
        reply = {"memory": True}
    except BaseException as error:  # noqa: BLE001 - sent as the reply; a panic in Rust code is no Exception
        from leaderboard.backends.local.models.out_of_memory import is_out_of_memory  # noqa: PLC0415

        reply = {"memory": True} if is_out_of_memory(error) else {"error": f"{type(error).__name__}: {error}"[:2000]}
    write(reply)


def _serve(requests: int, output: int, idle_s: float) -> None:
    """Answer requests until the input ends, or none comes for a while."""
    for request in _lines(requests, idle_s):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            _limited(request)
            _answer(request, write)
            os._exit(0)
        os.close(write)
        while chunk := os.read(read, _CHUNK):
            os.write(output, chunk)
        os.close(read)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            os.write(output, json.dumps({"signal": signal.Signals(os.WTERMSIG(status)).name}).encode() + b"\n")


def _limited(request: dict[str, Any]) -> None:
    """Set limits of memory and time of this process."""
    import resource  # noqa: PLC0415 - does not exist on Windows

    end_with_parent()
    address_space = int(_STATM.read_text().split()[0]) * resource.getpagesize() + request["memory"]
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CPU, (request["cpu_s"], request["cpu_s"] + _MORE_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _lines(requests: int, idle_s: float) -> Iterator[dict[str, Any]]:
    waiting = b""
    while select.select([requests], [], [], idle_s)[0]:
        chunk = os.read(requests, _CHUNK)
        if not chunk:
            return
        *lines, waiting = (waiting + chunk).split(b"\n")
        yield from map(json.loads, lines)


def _main() -> NoReturn:
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    output = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # output of libraries is no reply
    import transformers.models.bert.modeling_bert  # noqa: PLC0415 - slow, and needed by every copy
    import transformers.models.llama.modeling_llama  # noqa: F401, PLC0415

    import leaderboard.backends.local.models.meta_model  # noqa: PLC0415
    import leaderboard.backends.local.models.model_classes  # noqa: PLC0415
    import leaderboard.backends.local.models.pretrained  # noqa: PLC0415
    import leaderboard.backends.local.models.tokenizer_limits  # noqa: F401, PLC0415

    if sys.platform == "linux":
        gc.freeze()  # a collection in a fork would copy the pages of all that was imported
        _serve(0, output, float(sys.argv[1]))
    elif line := sys.stdin.readline():
        _answer(json.loads(line), output)
    os._exit(0)


if __name__ == "__main__":
    _main()
