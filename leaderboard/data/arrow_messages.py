"""Size of the messages of an Arrow stream when they are unpacked.

Each buffer of a compressed batch begins with its size after decompression, for which memory is taken at once. The
places of the buffers are in the header of the batch, a table of FlatBuffers.

Source: https://arrow.apache.org/docs/format/Columnar.html and format/Message.fbs in Arrow's repository.
"""

import struct
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

_HEADER, _DATA, _BUFFERS, _COMPRESSION = 2, 1, 2, 3
"""Fields of Message, DictionaryBatch and RecordBatch (both last)."""
_DICTIONARY, _RECORDS = "dictionary", "record batch"


def unpacked_bytes(stream: Any) -> int:
    """Return the bytes that the compressed buffers of a stream say they have.

    Raises:
        ArrowException, struct.error: for a stream that is damaged.
    """
    total = 0
    messages = pa.ipc.MessageReader.open_stream(stream)
    while (message := _next(messages)) is not None:
        if message.type in {_DICTIONARY, _RECORDS} and message.body is not None:
            table = _Table.root(message.metadata.to_pybytes()).table(_HEADER)
            if table is not None and message.type == _DICTIONARY:
                table = table.table(_DATA)
            total += sum(_sizes(table, message.body)) if table is not None else 0
    return total


def _next(messages: Any) -> Any:
    try:
        return messages.read_next_message()
    except StopIteration:
        return None


def _sizes(batch: "_Table", body: Any) -> Iterator[int]:
    if batch.table(_COMPRESSION) is None:
        return
    view = memoryview(body)
    for offset, length in batch.pairs(_BUFFERS):
        if length:
            (size,) = struct.unpack_from("<q", view, offset)
            yield max(size, 0)  # -1 for a buffer that is not compressed


class _Table:
    """A table of FlatBuffers; its fields are found through a list of offsets."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self._place = place

    @classmethod
    def root(cls, data: bytes) -> "_Table":
        return cls(data, *struct.unpack_from("<I", data))

    def _field(self, number: int) -> int | None:
        (back,) = struct.unpack_from("<i", self._data, self._place)
        index = self._place - back
        (size,) = struct.unpack_from("<H", self._data, index)
        if 4 + 2 * number >= size:
            return None
        (offset,) = struct.unpack_from("<H", self._data, index + 4 + 2 * number)
        return self._place + offset if offset else None

    def table(self, number: int) -> "_Table | None":
        place = self._field(number)
        return None if place is None else _Table(self._data, place + struct.unpack_from("<I", self._data, place)[0])

    def pairs(self, number: int) -> Iterator[tuple[int, int]]:
        """Yield the structures of a list, of two numbers of 64 bits each."""
        place = self._field(number)
        if place is None:
            return
        place += struct.unpack_from("<I", self._data, place)[0]
        (count,) = struct.unpack_from("<I", self._data, place)
        for index in range(count):
            yield struct.unpack_from("<qq", self._data, place + 4 + 16 * index)
