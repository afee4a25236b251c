"""Detection of out-of-memory errors of torch, numpy and Python on any device."""

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
"""Parts of their messages, in lower case, where the type alone is ambiguous."""


def is_out_of_memory(error: BaseException | None) -> bool:
    """Return whether an error, or the one that it was raised from, is an out-of-memory error.

    CUDA has an exception of its own and Python has `MemoryError`; a CPU allocator that fails in torch raises a plain
    `RuntimeError`, which only its text distinguishes from others.
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
