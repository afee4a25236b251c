"""Reader of structures in Thrift's compact protocol, as far as Parquet's page headers need it.

Source: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from typing import Any

_STOP, _TRUE, _FALSE = 0, 1, 2
"""End of a structure, and the types of fields that are truth values themselves."""
_DEEPEST = 8
"""Maximum depth of structures; page headers have three."""
_LONG_LIST = 15
_LONGEST_NUMBER = 10
"""Maximum bytes of a number of 64 bits."""


class ThriftError(ValueError):
    """Bytes that are no structure in this protocol."""


def read_struct(data: bytes) -> tuple[dict[int, Any], int]:
    """Read the structure that some bytes begin with.

    Only numbers, truth values and structures are kept.

    Returns:
        The fields by their number, and the number of bytes of the structure.

    Raises:
        EOFError: when the bytes end within it.
        ThriftError: when it is damaged.
    """
    reader = _Reader(data)
    return reader.struct(0), reader.place


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.place = 0

    def struct(self, depth: int) -> dict[int, Any]:
        if depth > _DEEPEST:
            raise ThriftError("too deep")
        fields: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) != _STOP:
            kind, step = head & 0x0F, head >> 4
            number = number + step if step else self._signed()
            fields[number] = kind == _TRUE if kind in {_TRUE, _FALSE} else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        match kind:
            case 1 | 2 | 3:  # truth values, which in lists are bytes, and bytes
                return self._byte()
            case 4 | 5 | 6:  # integers of 16, 32 and 64 bits
                return self._signed()
            case 7:  # a number of 64 bits
                self._skip(8)
            case 8:  # bytes
                self._skip(self._unsigned())
            case 9 | 10:  # list, set
                self._list(depth)
            case 11:
                self._map(depth)
            case 12:
                return self.struct(depth + 1)
            case _:
                raise ThriftError(f"no type {kind}")
        return None

    def _list(self, depth: int) -> None:
        head = self._byte()
        size = head >> 4 if head >> 4 < _LONG_LIST else self._unsigned()
        for _ in range(size):
            self._value(head & 0x0F, depth + 1)

    def _map(self, depth: int) -> None:
        size = self._unsigned()
        kinds = self._byte() if size else 0
        for _ in range(size):
            self._value(kinds >> 4, depth + 1)
            self._value(kinds & 0x0F, depth + 1)

    def _byte(self) -> int:
        if self.place >= len(self._data):
            raise EOFError
        self.place += 1
        return self._data[self.place - 1]

    def _skip(self, size: int) -> None:
        self.place += size
        if self.place > len(self._data):
            raise EOFError

    def _unsigned(self) -> int:
        number = 0
        for index in range(_LONGEST_NUMBER):
            byte = self._byte()
            number |= (byte & 0x7F) << 7 * index
            if byte < 0x80:  # noqa: PLR2004 - the last one
                return number
        raise ThriftError("a number of more than 64 bits")

    def _signed(self) -> int:
        number = self._unsigned()
        return number >> 1 ^ -(number & 1)
