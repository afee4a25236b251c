"""Headers of GGUF files that lie: refused from the header, within the file's own size."""

import struct
import time
from pathlib import Path

import pytest

from leaderboard.backends.local.models.gguf_conversion import converted
from leaderboard.backends.local.models.gguf_header import gguf_weight_size
from leaderboard.backends.local.models.safetensors_header import WeightSize
from leaderboard.errors import RequestError

UINT32, STRING, LIST = 4, 8, 9
F32, Q8_0 = 0, 8


def _text(text: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(text) if length is None else length) + text


def _setting(key: bytes, kind: int, value: bytes) -> bytes:
    return _text(key) + struct.pack("<I", kind) + value


def _list(kind: int, length: int, items: bytes = b"") -> bytes:
    return struct.pack("<IQ", kind, length) + items


def _tensor(shape: tuple[int, ...], kind: int = F32, offset: int = 0, dimensions: int | None = None) -> bytes:
    sizes = struct.pack(f"<I{len(shape)}Q", len(shape) if dimensions is None else dimensions, *shape)
    return _text(b"t") + sizes + struct.pack("<IQ", kind, offset)


def _file(
    folder: Path,
    settings: tuple[bytes, ...] = (),
    tensors: tuple[bytes, ...] = (),
    *,
    counts: tuple[int, int] | None = None,
    data: bytes = b"",
) -> Path:
    tensor_count, setting_count = counts or (len(tensors), len(settings))
    begin = b"GGUF" + struct.pack("<IQQ", 3, tensor_count, setting_count)
    path = folder / "model.gguf"
    path.write_bytes(begin + b"".join((*settings, *tensors)) + data)
    return path


def test_a_header_says_how_many_numbers_its_tensors_have(tmp_path):
    settings = (
        _setting(b"a", UINT32, struct.pack("<I", 1)),
        _setting(b"b", LIST, _list(STRING, 2, _text(b"x") + _text(b"yz"))),
        _setting(b"c", LIST, _list(LIST, 1, _list(UINT32, 2, b"\0" * 8))),
    )
    path = _file(tmp_path, settings, (_tensor((4, 2)), _tensor((64,), Q8_0, 32)), data=b"\0" * 200)
    assert gguf_weight_size(path) == WeightSize(numbers=8 + 64, bytes=32 + 68)


@pytest.mark.parametrize(
    ("settings", "tensors", "counts", "why"),
    [
        ((), (), (2**63, 0), "9,223,372,036,854,775,808 tensors; at most 1,000,000"),
        ((), (), (0, 2**63), "9,223,372,036,854,775,808 settings"),
        ((), (), (1_000_000, 0), "ends in the middle"),
        ((_setting(b"a", STRING, _text(b"", 2**63)),), (), None, "a text or list of 9,223,372,036,854,775,808 bytes"),
        ((_text(b"", 2**40),), (), None, "a text or list of 1,099,511,627,776 bytes"),
        ((_setting(b"a", LIST, _list(UINT32, 2**62)),), (), None, "items of lists; at most 10,000,000"),
        ((_setting(b"a", LIST, _list(UINT32, 10**6)),), (), None, "a text or list of 4,000,000 bytes"),
        ((_setting(b"a", LIST, _list(LIST, 1, _list(LIST, 1, _list(LIST, 1, _list(LIST, 1))))),), (), None, "lists"),
        ((_setting(b"a", 99, b""),), (), None, "type 99, which is not known"),
        ((), (_tensor((2**62, 2**62)),), None, "lie outside of it"),
        ((), (_tensor((4,), offset=2**62),), None, "lie outside of it"),
        ((), (_tensor((), dimensions=10**6),), None, "1,000,000 dimensions"),
        ((), (_tensor((4,), kind=99),), None, "type 99, which is not known"),
        ((), tuple(_tensor((32,)) for _ in range(1_000)), None, "more than are left behind its header"),
    ],
)
def test_a_header_that_lies_is_refused_at_once(tmp_path, settings, tensors, counts, why):
    path = _file(tmp_path, settings, tensors, counts=counts, data=b"\0" * 4096)
    begin = time.process_time()
    with pytest.raises(RequestError, match=rf"model\.gguf: cannot be read as a GGUF model: .*{why}"):
        gguf_weight_size(path)
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("data", [b"", b"GG", b"GGUF", b"GGUF\x09\0\0\0" + b"\0" * 16, b"PK\3\4" * 10])
def test_what_is_no_gguf_file_is_refused(tmp_path, data):
    path = tmp_path / "model.gguf"
    path.write_bytes(data)
    with pytest.raises(RequestError, match="cannot be read as a GGUF model"):
        gguf_weight_size(path)


def test_nothing_of_a_file_that_is_refused_stays_in_the_cache(tmp_path, cache):
    with pytest.raises(RequestError, match="more than are left behind its header"):
        converted(_file(tmp_path, tensors=tuple(_tensor((8,)) for _ in range(100)), data=b"\0" * 64), "0" * 64)
    assert [path.name for path in (cache / "gguf").iterdir() if path.is_dir()] == []
