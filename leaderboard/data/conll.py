"""Sentences as CoNLL has them: a word a line, a blank line behind each sentence."""

from collections.abc import Iterator
from itertools import groupby

from leaderboard.data.record import Record


def sentences(text: str) -> Iterator[Record]:
    """Each sentence with its columns, every one a list of a value a word; the last is also called -1."""

    def parts(numbered: tuple[int, str]) -> bool:
        return not numbered[1].strip() or numbered[1].startswith("-DOCSTART-")

    lines = enumerate(text.split("\n"), start=1)
    groups = (list(group) for apart, group in groupby(lines, key=parts) if not apart)
    for number, group in enumerate(groups, start=1):
        begin = group[0][0]
        tokens = [_columns(line) for _, line in group]
        odd = next(
            ((place, token) for (place, _), token in zip(group, tokens, strict=True) if len(token) != len(tokens[0])),
            None,
        )
        if odd:
            first = f"line {begin}, where its sentence begins, has {len(tokens[0])}"
            yield Record(number, begin, {}, f"line {odd[0]}: {len(odd[1])} columns, but {first}")
            continue
        columns = [list(column) for column in zip(*tokens, strict=True)]
        yield Record(number, begin, {**{str(index): each for index, each in enumerate(columns)}, "-1": columns[-1]})


def _columns(line: str) -> list[str]:
    """Columns of a line: between tabs where it has any, so that a word may hold a space; else between spaces."""
    text = line.removesuffix("\r")
    return text.split("\t") if "\t" in text else [column for column in text.split(" ") if column]
