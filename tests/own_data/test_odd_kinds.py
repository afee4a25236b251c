"""Odd files of words with tags, questions with choices, and columns of splits: detected, asked about, or refused."""

from pathlib import Path

import pytest

from tests.own_data.files import json_rows, lines, reviews
from tests.own_data.odd import Odd, check_odd

NAMES = ("Anna", "Boris", "Chen", "Dara", "Eva")


def sentences(tags: tuple[str, ...] = ("B-PER", "I-PER", "O", "O", "B-LOC"), *, form: str = "{word}\t{tag}") -> str:
    """Sixty sentences of five words with tags."""
    text = ""
    for number in range(60):
        words = (NAMES[number % 5], f"Smith{number}", "lives", "in", "Paris")
        rows = enumerate(zip(words, tags, strict=True))
        text += "".join(form.format(word=word, tag=tag, place=place) + "\n" for place, (word, tag) in rows) + "\n"
    return text


IOB2 = sentences()
CONLL = {
    "tabs": Odd(IOB2, {"words": "column 0", "tags": "column 1", "scheme": "IOB2", "types": "'LOC', 'PER'"}),
    "spaces in a .txt": Odd(sentences(form="{word} {tag}"), {"scheme": "IOB2"}, name="train.txt"),
    "tags first": Odd(sentences(form="{tag} {word}"), {"words": "column 1", "tags": "column 0"}),
    "documents": Odd("-DOCSTART- -X- O O\n\n" + sentences(form="{word} NN B-NP {tag}"), {"tags": "column 3"}),
    "four columns": Odd(
        sentences(form="{word} NN B-NP {tag}"), {"words": "column 0", "tags": "column 3", "rows of the file": ""}
    ),
    "numbered words": Odd(sentences(form="{place}\t{word}\t{tag}"), {"words": "column 1", "tags": "column 2"}),
    "IOB1": Odd(sentences(("I-PER", "B-PER", "I-PER", "O", "I-LOC")), {"scheme": "IOB1"}),
    "BIOES": Odd(sentences(("B-PER", "E-PER", "O", "O", "S-LOC")), {"scheme": "BIOES"}),
    "BILOU": Odd(sentences(("B-PER", "L-PER", "O", "O", "U-LOC")), {"scheme": "BILOU"}),
    "types without letters": Odd(sentences(("PER", "O", "O", "O", "LOC")), {"scheme": "IO"}),
    "CRLF": Odd(IOB2.replace("\n", "\r\n"), {"scheme": "IOB2"}),
    "two columns of tags": Odd(sentences(form="{word} {tag} {tag}"), error="--label 1 or --label 2"),
    "two columns of tags, answered": Odd(
        sentences(form="{word} {tag} {tag}"), {"tags": "column 2", "words": "column 0"}, options={"label": "-1"}
    ),
    "words and lemmas": Odd(sentences(form="{word} {word} {tag}"), error="--text 0 or --text 1"),
    "a column that is not there": Odd(IOB2, error="numbered 0 to 1", options={"label": "5"}),
    "one column for both": Odd(IOB2, error="the same column", options={"label": "1", "text": "1"}),
    "tags of two schemes": Odd(sentences(("B-PER", "L-PER", "E-PER", "O", "U-LOC")), error="no known tagging scheme"),
    "no span": Odd(sentences(("O",) * 5), error="--label COLUMN"),
    "few sentences": Odd("\n\n".join(IOB2.split("\n\n")[:9]), error="A blank line ends a sentence"),
    "another number of columns": Odd(IOB2 + "Anna\nis\there\n\n", error="1 of 61 rows cannot be used"),
    "another number of columns, dropped": Odd(
        IOB2 + "Anna\nis\there\n\n", notes=("1 of 61 sentences",), options={"drop_bad_rows": True}
    ),
    "copies": Odd(IOB2 + IOB2, notes=("60 of 120 sentences of train.conll repeat an earlier one; equal",)),
    "other tags for the same words": Odd(
        IOB2 + IOB2.replace("B-LOC", "O"),
        notes=("60 of 120 sentences of train.conll repeat an earlier one with other",),
    ),
    "comments": Odd("# id 1 domain=en\n" + IOB2, error="remove comments: grep -v"),
    "many unknown tags": Odd(
        "".join(f"# s{n}\nAnna B-PER\n" + "went O\n" * 30 + "\n" for n in range(80)),
        error="and 72 more are of no known",
    ),
    "a rare type": Odd(IOB2 + "Riga\tB-CITY\n\n", notes=("types with fewer than 10 spans in `test`",)),
    "class names": Odd(IOB2, error="--label-names is not for words with tags", options={"label_names": "O=o"}),
}
del CONLL["four columns"].detected["rows of the file"]


def questions(answer: object, *, count: int = 120) -> list[dict[str, object]]:
    """Questions with three choices; the answer is written as a format string, or as the function of a number."""
    return [
        {"question": f"what is {n} plus one?", "A": f"{n + 1} it is", "B": f"{n} it is", "C": f"minus {n}",
         "answer": answer(n) if callable(answer) else answer}
        for n in range(count)
    ]  # fmt: skip


def quiz(answer: object, header: str = "question,A,B,C,answer") -> str:
    """The questions as delimited text."""
    return lines([[str(value) for value in row.values()] for row in questions(answer)], header=header)


def listed(answer: object, **changes: object) -> str:
    """The questions as JSON lines with a list of choices."""
    rows = [
        {"question": r["question"], "choices": [r["A"], r["B"], r["C"]], "answer": r["answer"]}
        for r in questions(answer)
    ]
    return json_rows({**row, **changes} for row in rows)


def nested(labels: str = "ABC") -> str:
    """The questions as the original CommonsenseQA has them."""
    return json_rows(
        {
            "answerKey": "ABC"[n % 3],
            "question": {
                "stem": r["question"],
                "choices": [{"label": label, "text": r[name]} for label, name in zip(labels, "ABC", strict=True)],
            },
        }
        for n, r in enumerate(questions("A"))
    )


def gap(choice: str, place: str = "B") -> str:
    """The questions, every fifth with another text of one choice."""
    rows = [{**row, **({place: choice} if n % 5 == 0 else {})} for n, row in enumerate(questions("A"))]
    return lines([[str(value) for value in row.values()] for row in rows], header="question,A,B,C,answer")


CHOICES = {
    "an empty choice before others": Odd(gap(""), error="choice 2 of 3 is empty"),
    "an empty choice, dropped": Odd(
        gap(""), notes=("24 of 120 rows of reviews.csv cannot be read",), options={"drop_bad_rows": True}
    ),
    "a blank last choice is none": Odd(gap(" ", "C"), notes=("different numbers of choices: 2 (24), 3 (96)",)),
    "lists written as text": Odd(
        lines(
            [(f"what is {n}?", f"['{n}', '{n + 1}']", str(n % 2)) for n in range(120)], header="question,choices,answer"
        ),
        error="lists written as text(?s:.*)--choices none",
    ),
    "lists written as text, as texts with classes": Odd(
        lines(
            [(f"what is {n}?", f"['{n}', '{n + 1}']", str(n % 2)) for n in range(120)], header="question,choices,answer"
        ),
        {"classes": "'0', '1'"},
        options={"choices": "none"},
    ),
    "letters": Odd(quiz(lambda n: "ABC"[n % 3]), {"choices": "A, B, C", "answers": "letters, A for the first choice"}),
    "small letters": Odd(quiz(lambda n: "abc"[n % 3]), {"answers": "letters, A for the first choice"}),
    "numbers from 0": Odd(quiz(lambda n: n % 3), {"answers": "numbers, 0 for the first choice"}),
    "numbers from 1": Odd(quiz(lambda n: 1 + n % 3), {"answers": "numbers, 1 for the first choice"}),
    "letters and a few digits": Odd(
        quiz(lambda n: "1" if n == 4 else "ABC"[n % 3]), {"answers": "letters, A for the first choice"}
    ),
    "texts": Odd(quiz(lambda n: f"{n + 1} it is"), {"answers": "the text of a choice"}),
    "1 and 2 of three are a question": Odd(quiz(lambda n: 1 + n % 2), error="--answers number or --answers index"),
    "1 and 2, answered": Odd(
        quiz(lambda n: 1 + n % 2), {"answers": "numbers, 1 for the first choice"}, options={"answers": "number"}
    ),
    "an answer that is no choice": Odd(quiz(lambda n: "ABCE"[n % 4]), error="--answers letter --drop-bad-rows"),
    "an answer that is no choice, dropped": Odd(
        quiz(lambda n: "ABCE"[n % 4]),
        notes=("30 of 120 rows of reviews.csv cannot be read",),
        options={"answers": "letter", "drop_bad_rows": True},
    ),
    "no form of answers": Odd(quiz("A"), error="text, |unknown form of answers", options={"answers": "roman"}),
    "always the first": Odd(quiz("A"), notes=("100% of the answers are 'choice 1'",)),
    "options with numbers": Odd(
        quiz(lambda n: n % 3, "question,option1,option2,option3,label"), {"choices": "option1, option2, option3"}
    ),
    "other names": Odd(
        quiz(lambda n: n % 3, "what,first one,second one,third one,right"),
        {"choices": "first one, second one, third one", "answer": "right"},
        options={"choices": "first one,second one,third one", "text": "what", "label": "right"},
    ),
    "a column of choices that is not there": Odd(
        quiz("A"), error="--choices: unknown column 'D'", options={"choices": "A,B,D"}
    ),
    "a column twice": Odd(quiz("A"), error="name each column once", options={"choices": "A,A"}),
    "texts with classes after all": Odd(
        quiz(lambda n: "ABC"[n % 3]),
        {"classes": "'A', 'B', 'C'"},
        options={"choices": "none", "text": "question", "label": "answer"},
    ),
    "a list": Odd(listed(lambda n: n % 3), {"choices": "choices"}, name="quiz.jsonl"),
    "a list of two names": Odd(listed(lambda n: n % 3, options=["a", "b"]), {"choices": "choices"}, name="quiz.jsonl"),
    "objects": Odd(nested(), {"question": "question.stem", "choices": "question.choices"}, name="quiz.jsonl"),
    "objects in another order": Odd(nested("BAC"), error="choices called 'B', 'A', 'C'", name="quiz.jsonl"),
    "columns of lists": Odd(
        listed(lambda n: "ABC"[n % 3], choices={"text": ["one", "two", "six"], "label": ["A", "B", "C"]}),
        {"choices": "choices"},
        name="quiz.jsonl",
    ),
    "copies with other answers": Odd(
        quiz("A") + quiz("B", ""), notes=("repeat an earlier question with another answer",)
    ),
    "a group": Odd(quiz("A"), error="--group is for texts with classes", options={"group": "question"}),
}


def split(values: tuple[str, ...], header: str = "text,label,split") -> str:
    """The reviews with a column of splits, in turn."""
    rows = [(text, label, values[n // 2 % len(values)]) for n, (text, label) in enumerate(reviews(240))]
    return lines(rows, header=header)


PARTS = ("train", "train", "train", "test")
SPLITS = {
    "train and test": Odd(split(PARTS), {"splits": "split: train 180, test 60"}),
    "three parts": Odd(split((*PARTS, "dev")), {"splits": "split: train 144, dev 48, test 48"}),
    "capitals": Odd(split(("TRAIN", "TRAIN", "Test")), {"splits": "split: TRAIN 160, Test 80"}),
    "Chinese": Odd(split(("训练集", "训练集", "测试集"), "评论,标签,划分"), {"splits": "划分: 训练集 160, 测试集 80"}),
    "another usual name": Odd(split(PARTS, "text,label,subset"), {"splits": "subset: train 180, test 60"}),
    "another name, said so": Odd(split(PARTS, "text,label,what"), {"label": "label"}, options={"split": "what"}),
    "a part that is none": Odd(split((*PARTS, "spare")), error=r"has 'spare' in 48 rows(?s:.*)--ignore-split"),
    "no value": Odd(split((*PARTS, "")), error="has no value in 48 rows"),
    "two spellings": Odd(split((*PARTS, "eval")), error="'test', 'eval' for one split"),
    "no test": Odd(split(("train", "dev")), error=r"no row to test on(?s:.*)--test FILE"),
    "no train": Odd(split(("test", "dev")), error="no row to train on"),
    "ignored": Odd(split((*PARTS, "spare")), {"label": "label"}, options={"ignore_split": True, "label": "label"}),
    "both flags": Odd(split(PARTS), error="exclude each other", options={"ignore_split": True, "split": "split"}),
    "a set of something else": Odd(split(("a", "b"), "text,label,set"), {"label": "label"}),
    "leakage": Odd(
        split(PARTS) + split(("test",), "").replace(", visit 2", ", visit 0"), notes=("are left out of training",)
    ),
    "a test that is too small": Odd(
        split(("train",)) + "good food here,positive,test\n", error="its part for the test has 1 usable rows"
    ),
    "groups in two parts": Odd(
        lines(
            [(t, label, PARTS[n % 4], f"a{n % 7}") for n, (t, label) in enumerate(reviews())],
            header="text,label,split,author",
        ),
        error="7 groups of .* are also in",
        options={"group": "author"},
    ),
    "choices": Odd(
        lines(
            [[*map(str, row.values()), PARTS[n % 4]] for n, row in enumerate(questions(lambda n: n % 3))],
            header="question,A,B,C,answer,split",
        ),
        {"splits": "split: train 90, test 30", "choices": "A, B, C"},
    ),
}
KINDS = {"tags": CONLL, "choices": CHOICES, "splits": SPLITS}
MATRIX = {f"{kind}: {name}": odd for kind, rows in KINDS.items() for name, odd in rows.items()}


@pytest.mark.parametrize("odd", MATRIX.values(), ids=MATRIX)
def test_an_odd_file_is_detected_or_answered_with_one_message(odd: Odd, tmp_path: Path) -> None:
    check_odd(odd, tmp_path / ("train.conll" if odd in CONLL.values() and odd.name == "reviews.csv" else odd.name))
