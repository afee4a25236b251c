import dataclasses

import numpy as np
import pytest
from transformers import BertConfig, BertModel

from leaderboard.backends.local.cost import weight_bytes
from leaderboard.backends.local.models.alteration import Quantisation
from leaderboard.backends.local.peak_memory import _on_gpu, peak_memory
from leaderboard.errors import NotMeasurableError
from tests.altering import alter

MIB = 2**20


@pytest.mark.slow
def test_peak_memory_holds_the_weights_and_nothing_of_this_process(llama, tmp_path):
    module = BertModel(BertConfig(vocab_size=30_000, hidden_size=256, num_hidden_layers=2, num_attention_heads=4))
    module.save_pretrained(tmp_path)
    weights = 4 * sum(tensor.numel() for tensor in module.parameters())
    assert weights > 40 * MIB
    ballast = np.ones(600 * MIB, dtype=np.uint8)
    peak = peak_memory(dataclasses.replace(llama, folder=tmp_path, module=module, max_length=512), threads=1)
    assert weights < peak < weights + 200 * MIB < ballast.nbytes


@pytest.mark.parametrize(
    ("stderr", "message"),
    [("Traceback …\nOSError: no weights", "failed: OSError: no weights"), ("", "failed: exit code 3")],
)
def test_the_reason_of_a_failed_process_is_its_last_line(llama, tmp_path, monkeypatch, stderr, message):
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\nprintf '{stderr}' >&2\nexit 3\n")
    script.chmod(0o700)
    monkeypatch.setattr("sys.executable", str(script))
    with pytest.raises(NotMeasurableError, match=message):
        peak_memory(llama, threads=1)


def test_memory_of_a_model_that_reads_less_is_not_measurable(llama):
    with pytest.raises(NotMeasurableError, match="reads at most 64 tokens"):
        peak_memory(dataclasses.replace(llama, max_length=64), threads=1)


@pytest.mark.slow
def test_peak_memory_of_altered_weights_is_that_of_what_is_left(llama, tmp_path):
    sizes = {"hidden_size": 512, "num_hidden_layers": 6, "num_attention_heads": 8, "intermediate_size": 2048}
    module = BertModel(BertConfig(vocab_size=1000, **sizes)).eval()
    module.save_pretrained(tmp_path)
    whole = dataclasses.replace(llama, folder=tmp_path, module=module, max_length=512)
    altered = alter(whole, prune=0.5, quantise=Quantisation.INT8_WEIGHT)
    assert weight_bytes(altered) < 24 * MIB < 72 * MIB < weight_bytes(whole)
    # The pass itself and what the allocator keeps take some 30 MiB; pruning alone took several times the weights.
    assert weight_bytes(altered) < peak_memory(altered, threads=1) < weight_bytes(altered) + 48 * MIB


def test_peak_memory_of_altered_weights_needs_a_peak_that_can_be_reset(llama, tmp_path, monkeypatch):
    monkeypatch.setattr("leaderboard.backends.local.peak_memory._CLEAR", tmp_path / "none")
    with pytest.raises(NotMeasurableError, match="tiny-llama is altered after loading"):
        peak_memory(alter(llama, drop_layers=1), threads=1)


def test_on_a_gpu_other_models_do_not_count(llama, monkeypatch):
    monkeypatch.setattr("torch.cuda.memory_allocated", lambda _device: 700)
    monkeypatch.setattr("torch.cuda.max_memory_allocated", lambda _device: 950)
    monkeypatch.setattr("torch.cuda.reset_peak_memory_stats", lambda _device: None)
    monkeypatch.setattr("torch.cuda.synchronize", lambda _device: None)
    assert _on_gpu(llama) == weight_bytes(llama) + 250
