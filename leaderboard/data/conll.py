"""Reader of CoNLL files: one word in a line, a blank line after each sentence."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from leaderboard.data.record import Record

_COMMENT = "\n  A line that begins with # is a word, too; remove comments: grep -v '^# ' FILE > NEW"


def sentences(lines: Iterable[str]) -> Iterator[Record]:
    """Yield each sentence with its columns as lists with one value for each word; the last is also called -1.

    Args:
        lines: lines of the file, with or without their ends.
    """

    def parts(line: tuple[int, str]) -> bool:
        return not line[1].strip() or line[1].startswith("-DOCSTART-")

    numbered = enumerate((line.removesuffix("\n") for line in lines), start=1)
    groups = (list(group) for apart, group in groupby(numbered, key=parts) if not apart)
    for number, group in enumerate(groups, start=1):
        begin = group[0][0]
        tokens = [_columns(line) for _, line in group]
        odd = next(
            ((place, token) for (place, _), token in zip(group, tokens, strict=True) if len(token) != len(tokens[0])),
            None,
        )
        if odd:
            first = f"line {begin}, where its sentence begins, has {len(tokens[0])}"
            is_comment = any(line.startswith("#") for _, line in group)
            yield Record(number, begin, {}, f"line {odd[0]}: {len(odd[1])} columns, but {first}{_COMMENT * is_comment}")
            continue
        columns = [list(column) for column in zip(*tokens, strict=True)]
        yield Record(number, begin, {**{str(index): each for index, each in enumerate(columns)}, "-1": columns[-1]})


def _columns(line: str) -> list[str]:
    """Split a line into columns: at tabs where there are any, so that a word may contain a space, else at spaces."""
    text = line.removesuffix("\r")
    return text.split("\t") if "\t" in text else [column for column in text.split(" ") if column]
