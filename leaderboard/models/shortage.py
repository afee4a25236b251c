"""Shortage: which errors of torch, numpy and Python mean that memory ran out, on whatever device."""

import errno

import torch

_SIGNS = (
    "allocate memory",  # Linux: "DefaultCPUAllocator: can't allocate memory", "Cannot allocate memory"
    "not enough memory",  # Windows and macOS: "DefaultCPUAllocator: not enough memory"
    "out of memory",  # CUDA, HIP, XPU and MPS
    "unable to allocate",  # numpy
    "bad_alloc",  # C++
    "bad allocation",  # C++ on Windows
    "alloc_failed",  # CUBLAS_STATUS_ALLOC_FAILED, CUDNN_STATUS_ALLOC_FAILED
)
"""What their messages hold, in lower case, where the type alone does not say so."""


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error, or the one that it was raised from, says that memory ran out.

    CUDA has an exception of its own and Python has `MemoryError`; a CPU allocator that fails in torch raises a plain
    `RuntimeError`, which only its text tells from others.
    """
    if error is None:
        return False
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    if isinstance(error, OSError) and error.errno == errno.ENOMEM:
        return True
    text = str(error).lower()
    if isinstance(error, RuntimeError | OSError) and any(sign in text for sign in _SIGNS):
        return True
    return is_out_of_memory(error.__cause__)
