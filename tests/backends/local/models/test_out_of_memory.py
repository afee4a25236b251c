import subprocess
import sys
from textwrap import dedent

import pytest
import torch

from leaderboard.backends.local.models.out_of_memory import is_out_of_memory
from tests.in_one_test import in_one_test

LINUX = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate"
)


@in_one_test(
    "error",
    [
        RuntimeError(f"{LINUX} 17179869184 bytes. Error code 12 (Cannot allocate memory)"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: not enough memory: you tried to allocate 8"),
        RuntimeError("MPS backend out of memory (MPS allocated: 5.42 GB, max allowed: 18.13 GB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("std::bad_alloc"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        MemoryError(),
        OSError(12, "Cannot allocate memory"),
    ],
)
def test_a_lack_of_memory_is_known_by_what_each_device_says(error):
    assert is_out_of_memory(error)
    wrapped = ValueError("the batch failed")
    wrapped.__cause__ = error
    assert is_out_of_memory(wrapped)


@pytest.mark.parametrize(
    "error", [RuntimeError("shapes do not match"), ValueError("can't allocate memory"), OSError(2, "No such file")]
)
def test_other_errors_are_none(error):
    assert not is_out_of_memory(error)


PROVOKED = """
    import resource
    import torch
    from leaderboard.backends.local.engine.batching import Batcher, BatchBudget, Row
    from leaderboard.errors import LeaderboardError

    def used():
        return int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()

    resource.setrlimit(resource.RLIMIT_AS, (used() + 2**28 + 2**27, resource.RLIM_INFINITY))
    sizes = []

    def forward(batch):
        torch.empty(batch.input_ids.numel(), 2**23).sum(0)  # 32 MiB a token
        sizes.append(batch.input_ids.numel())
        return [sum(row.ids) for row in batch.rows]

    batcher = Batcher(BatchBudget(64, 64), torch.device("cpu"))
    rows = [Row((index, 0)) for index in range(32)]
    found = {row: value for batch in batcher.run(rows, forward) for row, value in batch}
    assert [found[row] for row in rows] == list(range(32))
    assert 2 <= max(sizes) <= 8, sizes
    try:
        list(batcher.run([Row((1,) * 64)], forward))
    except LeaderboardError as error:
        print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's address space")
def test_batches_shrink_where_a_real_allocation_fails():
    done = subprocess.run(
        [sys.executable, "-c", dedent(PROVOKED)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "not enough memory for one row of 64 tokens on cpu" in done.stdout
