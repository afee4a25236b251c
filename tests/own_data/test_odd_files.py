"""Odd files, each with what is detected, or the question or refusal that it is answered with."""

import json
from pathlib import Path

import pytest

from tests.own_data.files import chinese_reviews, json_rows, labelled, lines, reviews, table
from tests.own_data.odd import Odd, check_odd

CHINESE = lines(chinese_reviews(), header="评论,标签")
LATIN = lines([(f"{text}, très bon café à Köln", label) for text, label in reviews()], header="text,label")
POLISH = lines([(f"{text}, zażółć gęślą jaźń", label) for text, label in reviews()], header="text,label")
PLAIN = [{"text": text, "label": label} for text, label in reviews()]
NUMBERED = lines([(str(number), text, label) for number, (text, label) in enumerate(reviews())], header="id,text,label")

ENCODINGS = {
    "plain ASCII": Odd(table(), {"encoding": "utf-8", "delimiter": "comma", "header": "yes", "language": "en"}),
    "UTF-8": Odd(CHINESE, {"encoding": "utf-8", "text": "评论", "label": "标签", "language": "zh"}),
    "UTF-8 with mark": Odd(CHINESE.encode("utf-8-sig"), {"encoding": "utf-8", "text": "评论"}),
    "UTF-16 with mark": Odd(CHINESE.encode("utf-16"), {"encoding": "utf-16", "language": "zh"}),
    "UTF-16 big-endian with mark": Odd(b"\xfe\xff" + table().encode("utf-16-be"), {"encoding": "utf-16"}),
    "UTF-16 without mark": Odd(table().encode("utf-16-le"), {"encoding": "utf-16-le", "language": "en"}),
    "Chinese UTF-16 without mark": Odd(CHINESE.encode("utf-16-le"), {"encoding": "utf-16-le", "language": "zh"}),
    "Chinese UTF-16 big-endian": Odd(CHINESE.encode("utf-16-be"), {"encoding": "utf-16-be"}),
    "UTF-32 with mark": Odd(table().encode("utf-32"), {"encoding": "utf-32"}),
    "GB18030": Odd(CHINESE.encode("gb18030"), {"encoding": "gb18030", "classes": "'好评', '差评'"}),
    "GB18030 with mark": Odd(("\ufeff" + CHINESE).encode("gb18030"), {"encoding": "gb18030", "text": "评论"}),
    "GB18030 with semicolons": Odd(
        lines(chinese_reviews(), delimiter=";", header="评论,标签").encode("gb18030"),
        {"encoding": "gb18030", "delimiter": "semicolon"},
    ),
    "Latin-1": Odd(LATIN.encode("latin-1"), {"encoding": "cp1252", "language": "en"}),
    "cp1252 with curly quotes": Odd(
        table().replace("very", "“very”").encode("cp1252"), {"encoding": "cp1252", "language": "en"}
    ),
    "Big5": Odd(
        lines(
            [(f"酒店環境不錯，服務員態度也很好，第{n}次", "差好"[n % 2]) for n in range(120)], header="text,label"
        ).encode("big5"),
        {"encoding": "big5"},
    ),
    "cp1250 is a question": Odd(POLISH.encode("cp1250"), error="--encoding"),
    "cp1250 with its answer": Odd(POLISH.encode("cp1250"), {"encoding": "cp1250"}, options={"encoding": "cp1250"}),
    "one Chinese character is a question": Odd(
        table().encode() + "好,positive\n".encode("gb18030"), error="characters beyond ASCII do not show it"
    ),
    "a wrong answer": Odd(CHINESE, error="--encoding gb18030", options={"encoding": "gb18030"}),
    "no encoding": Odd(table(), error="--encoding: 'klingon' is no encoding", options={"encoding": "klingon"}),
}
LAYOUTS = {
    "tabs": Odd(table("\t"), {"delimiter": "tab", "quotation marks": "ordinary text"}, name="reviews.tsv"),
    "tabs in a .txt": Odd(table("\t"), {"delimiter": "tab"}, name="reviews.txt"),
    "tabs in a .csv": Odd(table("\t"), {"delimiter": "tab"}),
    "semicolons": Odd(table(";"), {"delimiter": "semicolon"}),
    "pipes": Odd(table("|"), {"delimiter": "pipe"}),
    "tildes are a question": Odd(table("~"), error="--delimiter"),
    "tildes with their answer": Odd(table("~"), {"delimiter": "'~'"}, options={"delimiter": "~"}),
    "a delimiter of two characters": Odd(table(), error="--delimiter", options={"delimiter": "::"}),
    "two delimiters": Odd(
        lines([(f"{text.replace(',', '')};a", label) for text, label in reviews()]),
        error="several delimiters give a table",
    ),
    "texts with commas and no quotation marks": Odd(
        "text,label\n"
        + "".join(f"{text}{', really' * (n % 3)},{label}\n" for n, (text, label) in enumerate(reviews())),
        error="quotation marks",
    ),
    "quoted tabs": Odd(
        lines([(f"{text}\tagain", label) for text, label in reviews()], delimiter="\t", header="text,label"),
        {"delimiter": "tab", "quotation marks": "around values"},
        name="reviews.tsv",
    ),
    "ordinary quotation marks between tabs": Odd(
        lines(reviews(), delimiter="\t", header="text,label").replace("very good", '"very good'),
        {"delimiter": "tab", "quotation marks": "ordinary text"},
    ),
    "line ends in values": Odd(
        lines([(f"{text}\nand more", label) for text, label in reviews()], header="text,label"),
        {"delimiter": "comma", "quotation marks": "around values"},
    ),
    "doubled quotation marks": Odd(
        lines([(f'{text} "really"', label) for text, label in reviews()], header="text,label"),
        {"quotation marks": "around values"},
    ),
    "an open quotation mark": Odd(
        lines([(text.replace(",", ""), label) for text, label in reviews()], header="text,label").replace(
            "the", '"the', 1
        ),
        {"quotation marks": "ordinary text"},
    ),
    "CRLF": Odd(table(end="\r\n"), {"header": "yes", "classes": "'negative', 'positive'"}),
    "mixed line ends": Odd(table().replace("\n", "\r\n", 40), {"header": "yes", "classes": "'negative', 'positive'"}),
    "CR alone": Odd(table(end="\r"), error="lines end in CR alone"),
    "blank lines": Odd(table().replace("\n", "\n\n"), {"delimiter": "comma"}),
    "spaces in names": Odd(
        table(header="Review Text,Overall Label"),
        {"text": "Review Text", "label": "Overall Label"},
        options={"label": "Overall Label"},
    ),
    "unknown names": Odd(table(header="what they wrote,verdict"), {"text": "what they wrote", "label": "verdict"}),
    "no header": Odd(table(header=""), {"header": "no", "text": "0", "label": "1"}),
    "no header, said so": Odd(table(header=""), {"header": "no", "text": "0"}, options={"header": False}),
    "no header and few rows": Odd("good food,1\nbad food,0\nnice,2\n", error="--no-header"),
    "names that are twice there": Odd(
        lines([(text, label, label) for text, label in reviews()], header="text,label,label"), error="more than once"
    ),
    "an empty column": Odd(
        lines([(text, "", label) for text, label in reviews()], header="text,extra,label"), {"label": "label"}
    ),
    "a column without a name": Odd(NUMBERED.replace("id,", ",", 1), {"text": "text", "label": "label"}),
    "ids": Odd(NUMBERED, {"text": "text", "label": "label"}),
    "a row that is too long": Odd(table() + "a,b,positive\n", error="--drop-bad-rows"),
    "a row that is too long, dropped": Odd(
        table() + "a,b,positive\n", {"text": "text"}, notes=("1 of 121 rows",), options={"drop_bad_rows": True}
    ),
    "a huge cell": Odd(table() + f"{'word ' * 40_000},positive\n", {"text": "text"}),
}
COLUMNS = {
    "two texts": Odd(
        lines([(text, text[::-1], label) for text, label in reviews()], header="ask,reply,label"),
        error="--second COLUMN",
    ),
    "two texts with their answer": Odd(
        lines([(text, text[::-1], label) for text, label in reviews()], header="ask,reply,label"),
        {"text": "ask", "second text": "reply"},
        options={"text": "ask", "second": "reply"},
    ),
    "a pair": Odd(
        lines([(text, text[::-1], label) for text, label in reviews()], header="premise,hypothesis,label"),
        {"text": "premise", "second text": "hypothesis"},
    ),
    "two labels": Odd(
        lines([(text, label, "ab"[n % 2]) for n, (text, label) in enumerate(reviews())], header="text,first,other"),
        error="--label COLUMN",
    ),
    "a column that is not there": Odd(table(), error="unknown column 'body'", options={"text": "body"}),
    "one column for two roles": Odd(table(), error="name the same column", options={"text": "label", "label": "label"}),
    "numbers as texts": Odd(
        lines([(str(1000 + n), "ab"[n % 2]) for n in range(120)], header="text,label"), error="holds numbers"
    ),
    "numbers as texts, said so": Odd(
        lines([(str(1000 + n), "ab"[n % 2]) for n in range(120)], header="text,label"),
        {"text": "text", "language": "undetermined"},
        options={"text": "text"},
    ),
    "texts alone": Odd(lines([(text,) for text, _ in reviews()], header="text"), error="it has one column"),
    "a group": Odd(
        lines([(text, label, f"a{n % 31}") for n, (text, label) in enumerate(reviews())], header="text,label,author"),
        {"group": "author"},
        options={"group": "author"},
    ),
    "one group": Odd(
        lines([(text, label, "a") for text, label in reviews()], header="text,label,author"),
        error="a group is never divided",
        options={"group": "author"},
    ),
    "a mixture of languages is a question": Odd(
        lines(
            [(f"{text}，房间很干净服务也好下次还会来早餐不好吃", label) for text, label in reviews()],
            header="text,label",
        ),
        error="--language zh",
    ),
    "Japanese": Odd(
        lines([(f"部屋がとても広くて良かったです、{n}回", "良悪"[n % 2]) for n in range(120)], header="text,label"),
        {"language": "ja"},
    ),
    "Korean": Odd(
        lines([(f"방이 아주 넓고 좋았어요 {n}", "ab"[n % 2]) for n in range(120)], header="text,label"),
        {"language": "ko"},
    ),
    "an unknown code of a language": Odd(table(), error="(?s)--language xx.*en, zh, de", options={"language": "xx"}),
    "a code of a country": Odd(table(), error="Did you mean zh", options={"language": "cn"}),
    "a language that is no code": Odd(table(), error="--language english", options={"language": "english"}),
}
LABELS = {
    "numbers": Odd(labelled(["0", "1"]), {"classes": "'0', '1'"}, notes=("class names are numbers",)),
    "-1 beside classes from 0": Odd(labelled(["0", "1", "2", "-1"]), error="--no-label -1(?s:.*)--label-names -1=-1"),
    "-1 that is none": Odd(
        labelled(["0", "1", "2", "-1"]), {"classes": "'0', '1', '2'"}, options={"no_label": ("-1",)}
    ),
    "-1 of a scale": Odd(labelled(["0", "1", "-1"]), {"classes": "'-1', '0', '1'"}),
    "numbers with names": Odd(
        labelled(["0", "1"]), {"classes": "'bad', 'good'"}, options={"label_names": "0=bad,1=good"}
    ),
    "a name for no label": Odd(labelled(["0", "1"]), error="unknown label '2'", options={"label_names": "2=bad"}),
    "names that are none": Odd(labelled(["0", "1"]), error="--label-names", options={"label_names": "0:bad"}),
    "stars": Odd(labelled("12345", "text,stars"), {"classes": "'1', '2', '3', '4', '5'", "label": "stars"}),
    "stars as ranges": Odd(
        labelled("12345", "text,stars"),
        {"classes": "negative, positive"},
        notes=("24 of 120 rows of reviews.csv have no label, or one in no range",),
        options={"label_ranges": "negative=1..2,positive=4..5"},
    ),
    "fractions": Odd(labelled(["0.5", "1.5", "4.5"]), error="--label-ranges"),
    "a range that is none": Odd(labelled("12345"), error="--label-ranges", options={"label_ranges": "bad=2..1"}),
    "booleans": Odd(labelled(["True", "False"]), {"classes": "'False', 'True'"}),
    "yes and no": Odd(labelled(["no", "yes"]), {"classes": "'no', 'yes'"}),
    "Chinese words": Odd(labelled(["好评", "差评"]), {"classes": "'好评', '差评'"}),
    "other spellings": Odd(
        labelled(["positive", " Negative", "positive ", "negative"]), {"classes": "'negative', 'positive'"}
    ),
    "invisible characters": Odd(labelled(["good", "\u200bgood", "bad"]), {"classes": "'bad', 'good'"}),
    "missing ones": Odd(labelled(["a", "b", "", "nan", "-"]), {"classes": "'a', 'b'"}, notes=("72 of 120 rows",)),
    "none is a question": Odd(labelled(["a", "b", "none"]), error="--no-label 'none'"),
    "none that is none": Odd(labelled(["a", "b", "none"]), {"classes": "'a', 'b'"}, options={"no_label": ("none",)}),
    "none that is a class": Odd(
        labelled(["a", "b", "none"]), {"classes": "'a', 'b', 'none'"}, options={"label_names": "none=none"}
    ),
    "lists": Odd(labelled(["['a', 'b']", "['a']", "['b']"]), error="several labels in a row"),
    "joined ones": Odd(labelled(["a", "b", "a|b"]), error="several labels in a row"),
    "one class": Odd(labelled(["a"]), error="one class"),
    "no labels": Odd(labelled([""]), error="has no labels"),
    "texts as labels": Odd(
        lines([(text, text[:30] + str(n)) for n, (text, _) in enumerate(reviews())], header="text,label"),
        error="too many for classes",
    ),
    "a rare class": Odd(labelled(["a"] * 15 + ["b"] * 14 + ["c"]), {"classes": "'a', 'b', 'c'"}, notes=("'c'",)),
    "a stray label": Odd(labelled(["a", "b"]) + "very good,aa\n", error="'aa' has 1 row, (?s:.*)--label-names 'aa=aa'"),
    "a stray label that is left out": Odd(
        labelled(["a", "b"]) + "very good,aa\n", {"classes": "'a', 'b'"}, options={"no_label": ("aa",)}
    ),
    "a stray label that is another spelling": Odd(
        labelled(["a", "b"]) + "very good,aa\n", {"classes": "'a', 'b'"}, options={"label_names": "aa=a"}
    ),
    "a stray label that is a class": Odd(
        labelled(["a", "b"]) + "very good,aa\n", {"classes": "'a', 'aa', 'b'"}, options={"label_names": "aa=aa"}
    ),
    "many classes": Odd(
        labelled([f"c{n}" for n in range(150)], count=1200), error="150 different values(?s:.*)--label label, which"
    ),
}
ROWS = {
    "an empty file": Odd("", error="is empty"),
    "white space": Odd("\n\n  \n", error="is empty"),
    "a header alone": Odd("text,label\n", error="has a header and no rows"),
    "one row": Odd("text,label\ngood,positive\n", error="one class"),
    "few rows": Odd(labelled("ab", count=20), error="at least 40 are needed"),
    "binary data": Odd(bytes(range(256)) * 20, error="binary data"),
    "a ZIP archive": Odd(b"PK\x03\x04" + b"\0" * 100, error="not a readable archive"),
    "a pointer of Git LFS": Odd("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", error="git lfs pull"),
    "a pointer in place of Parquet": Odd(
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n", error="git lfs pull", name="reviews.parquet"
    ),
    "a web page": Odd("<!DOCTYPE html>\n<html>404, not found</html>\n", error="a web page"),
    "a picture": Odd(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), error="binary data"),
    "empty texts": Odd(table() + ",positive\n,negative\n", notes=("2 of 122 rows of reviews.csv have no text",)),
    "copies": Odd(table() + table(header=""), notes=("120 of 240 rows of reviews.csv repeat",)),
    "contradictory copies": Odd(
        table() + f"{reviews()[0][0]!r},positive\n".replace("'", '"'),
        notes=("2 of 121 rows of reviews.csv have a text",),
    ),
    "unbalanced classes": Odd(labelled(["a"] * 19 + ["b"], count=400), notes=("of `test` is one class",)),
}
JSON = {
    "labels in objects": Odd(
        json_rows({"text": text, "label": {"name": label}} for text, label in reviews()),
        error="holds objects, not labels(?s:.*)--label label.name",
        name="reviews.jsonl",
    ),
    "labels in objects, named": Odd(
        json_rows({"text": text, "label": {"name": label}} for text, label in reviews()),
        {"label": "label.name", "classes": "'negative', 'positive'"},
        options={"label": "label.name"},
        name="reviews.jsonl",
    ),
    "a dotted name that is not there": Odd(
        json_rows({"text": text, "label": {"name": label}} for text, label in reviews()),
        error="unknown column 'label.title'",
        options={"label": "label.title"},
        name="reviews.jsonl",
    ),
    "JSON lines": Odd(json_rows(PLAIN), {"format": "JSON lines", "text": "text"}, name="reviews.jsonl"),
    "JSON lines in a .json": Odd(json_rows(PLAIN), {"format": "JSON lines"}, name="reviews.json"),
    "a list of objects": Odd(json.dumps(PLAIN), {"format": "JSON (a list of objects)"}, name="reviews.json"),
    "JSON booleans": Odd(
        json_rows({"text": text, "label": label == "positive"} for text, label in reviews()),
        {"classes": "'false', 'true'"},
        name="reviews.jsonl",
    ),
    "JSON numbers and null": Odd(
        json_rows(
            [{"text": text, "label": n % 2} for n, (text, _) in enumerate(reviews())] + [{"text": "a", "label": None}]
        ),
        {"classes": "'0', '1'"},
        notes=("1 of 121 rows of reviews.jsonl have no label",),
        name="reviews.jsonl",
    ),
    "JSON lists as labels": Odd(
        json_rows({"text": text, "label": [label]} for text, label in reviews()), error="several labels", name="a.jsonl"
    ),
    "broken JSON": Odd(json_rows(PLAIN) + "{\n", error="not JSON", name="reviews.jsonl"),
    "a JSON number as text": Odd(
        json_rows([*PLAIN, {"text": 7, "label": "positive"}]), error="is not a text", name="reviews.jsonl"
    ),
    "half a character": Odd(
        json_rows(PLAIN) + '{"text": "\\ud800", "label": "positive"}\n', error="surrogate", name="reviews.jsonl"
    ),
}
JSON["columns in place of rows"] = Odd(
    json.dumps({name: {str(n): row[name] for n, row in enumerate(PLAIN)} for name in ("text", "label")}),
    error='orient="records"',
    name="reviews.json",
)
JSON["lists in place of rows"] = Odd(
    json.dumps({name: [row[name] for row in PLAIN] for name in ("text", "label")}, indent=1),
    error='orient="records"',
    name="reviews.json",
)
MATRIX = {**ENCODINGS, **LAYOUTS, **COLUMNS, **LABELS, **ROWS, **JSON}


@pytest.mark.slow_after(56)
@pytest.mark.parametrize("odd", MATRIX.values(), ids=MATRIX)
def test_an_odd_file_is_detected_or_answered_with_one_message(odd: Odd, tmp_path: Path) -> None:
    check_odd(odd, tmp_path / odd.name)


def test_the_matrix_is_as_large_as_it_is_said_to_be() -> None:
    assert len(MATRIX) >= 60
