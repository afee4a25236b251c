"""Generated files of reviews, small and odd in one way each."""

import json
from collections.abc import Iterable, Sequence

GOOD = ("the service was very good and the food was fresh", "we loved the room and the view of the sea")
BAD = ("the service was very bad and the food was cold", "we hated the room and the noise of the street")
CHINESE = ("房间很干净，服务员的态度也非常好，下次还会来", "早餐太难吃了，隔音也很差，以后不会再来了")


def reviews(count: int = 120) -> list[tuple[str, str]]:
    """English reviews, each with its label in words."""
    return [
        (f"{(GOOD if number % 2 else BAD)[number // 2 % 2]}, visit {number}", ("negative", "positive")[number % 2])
        for number in range(count)
    ]


def chinese_reviews(count: int = 120) -> list[tuple[str, str]]:
    """Chinese reviews, each with its label in Chinese words."""
    return [(f"{CHINESE[number % 2]}，第{number}次", ("好评", "差评")[number % 2]) for number in range(count)]


def lines(rows: Iterable[Sequence[str]], *, delimiter: str = ",", header: str = "", end: str = "\n") -> str:
    """Delimited text, with quotation marks around values that need them."""

    def value(text: str) -> str:
        needs = delimiter in text or '"' in text or "\n" in text
        return '"' + text.replace('"', '""') + '"' if needs else text

    body = [delimiter.join(map(value, row)) for row in rows]
    return end.join([*([header.replace(",", delimiter)] if header else []), *body]) + end


def table(delimiter: str = ",", header: str = "text,label", **options: str) -> str:
    """The English reviews as delimited text."""
    return lines(reviews(), delimiter=delimiter, header=header, **options)


def labelled(labels: Sequence[str], header: str = "text,label", count: int = 120) -> str:
    """The English reviews with other labels, in turn."""
    rows = [(text, labels[number % len(labels)]) for number, (text, _) in enumerate(reviews(count))]
    return lines(rows, header=header)


def json_rows(rows: Iterable[dict[str, object]]) -> str:
    """JSON lines."""
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
