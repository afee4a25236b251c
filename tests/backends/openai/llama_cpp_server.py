"""A server of llama.cpp in a process of the tests, with the weights of a GGUF file; needs the package xllamacpp."""

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx2
import numpy as np
from gguf import GGUFReader, GGUFValueType, GGUFWriter, dequantize

SERVE = """
import sys, xllamacpp
path, port, exact = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "exact"
options = xllamacpp.CommonParams()
options.model.path, options.port, options.n_ctx, options.n_parallel = path, port, 2048, 2
options.cpuparams.n_threads = options.cpuparams_batch.n_threads = 1
if exact:  # as the local backend computes: its cache of keys and values is float32
    options.cache_type_k = options.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
    options.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
server = xllamacpp.Server(options)
sys.stdin.read()  # until the tests end
"""
STARTS_S = 60.0


def write_float32(source, target):
    """Write the weights of a quantised GGUF file in float32, with everything else as it is."""
    reader = GGUFReader(source)
    writer = GGUFWriter(target, reader.fields["general.architecture"].contents())
    for name, entry in reader.fields.items():
        if name.startswith("GGUF.") or name in {"general.architecture", "general.file_type"}:
            continue
        kind = entry.types[0]
        writer.add_key_value(name, entry.contents(), kind, entry.types[-1] if kind is GGUFValueType.ARRAY else None)
    writer.add_file_type(0)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, dequantize(tensor.data, tensor.tensor_type).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@contextmanager
def llama_cpp(path, *, exact):
    """Serve a GGUF file; yields its reference."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", SERVE, str(path), str(port), "exact" if exact else "default"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=os.environ, **quiet) as process:
        try:
            _wait(process, f"http://127.0.0.1:{port}/health")
            yield f"openai:{path.name}@http://127.0.0.1:{port}/v1"
        finally:
            process.kill()


def _wait(process, url):
    begin = time.monotonic()
    while time.monotonic() < begin + STARTS_S:
        assert process.poll() is None, "the server ended"
        try:
            if httpx2.get(url, trust_env=False).is_success:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.2)
    raise TimeoutError(url)
