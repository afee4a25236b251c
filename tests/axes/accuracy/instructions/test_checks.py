import pytest

from leaderboard.axes.accuracy.instructions.parsing import as_json, checks_of, instruction_checks

FOLLOWED = [
    ({"check": "characters", "at_most": 5}, "  four. ", "four..."),
    ({"check": "words", "at_least": 3, "at_most": 3}, "don't stop - now!", "do not stop now"),
    ({"check": "words", "at_least": 4}, "我爱北京", "我爱 -- 你"),
    ({"check": "sentences", "at_least": 2, "at_most": 2}, 'Dr. A. Smith paid $3.50. "Did he?"', "One. Two. Three."),
    ({"check": "sentences", "at_least": 2, "at_most": 2}, "你好。今天很好！", "你好。"),
    ({"check": "sentences", "at_least": 2, "at_most": 2}, "a line\nanother", "a line, another"),
    ({"check": "paragraphs", "at_least": 2, "at_most": 2}, "one\n\n \n\ntwo\nstill two", "one\ntwo"),
    ({"check": "lines", "at_least": 2, "at_most": 2}, "one\n\ntwo\n", "one"),
    ({"check": "includes", "keywords": ["Fox", "ice  cream"]}, "ICE\ncream for a fox.", "foxes eat ice cream"),
    ({"check": "includes", "keywords": ["北京"]}, "我爱北京天安门", "我爱南京"),
    ({"check": "excludes", "keywords": ["big", "large"]}, "bigger", "It is Big."),
    ({"check": "keyword_count", "keyword": "go", "at_least": 2, "at_most": 2}, "Go, go! going", "go go go"),
    ({"check": "excludes_characters", "characters": ",E"}, "a b", "the"),
    ({"check": "starts_with", "phrase": "dear all"}, " Dear all, hi", "Hi, dear all"),
    ({"check": "ends_with", "phrase": "The end."}, 'so it was. the end."', "The end. Or not"),
    ({"check": "one_of", "answers": ["yes", "no"]}, " Yes. ", "Yes, it is"),
    ({"check": "matches", "pattern": r"\A\d{4}-\d\d\Z"}, "2026-11", "in 2026-11"),
    ({"check": "json"}, '```json\n{"a": [1]}\n```', '{"a": 1} is it'),
    ({"check": "json"}, "[]", "3"),
    ({"check": "json"}, '{"a": 1}', '{"a": 1, "a": 2}'),
    ({"check": "json", "kind": "object", "keys": ["a"]}, '{"a": 1, "b": 2}', '{"b": 2}'),
    ({"check": "json", "kind": "list", "items": 2}, "[1, 2]", "[1, 2, 3]"),
    ({"check": "json", "keys": ["a"]}, '{"a": 0}', '{"a": NaN}'),
    ({"check": "bullets", "at_least": 2, "at_most": 2}, "- a\n  * b\n**bold** c", "- a\n-b"),
    ({"check": "numbered_items", "at_least": 2, "at_most": 2}, "1. a\ntext\n2) b", "1. a\n3. b"),
    ({"check": "title"}, "<<A title>>\ntext", "<< >> <title>"),
    ({"check": "placeholders", "at_least": 2}, "[name] of [a city]", "[name] []"),
    ({"check": "highlights", "at_least": 2}, "*one* and **two parts**", "* one\n* two"),
    ({"check": "quoted"}, ' "all of it" ', '"part" of it'),
    ({"check": "letter_case", "case": "lower"}, "no capitals, 3", "Some"),
    ({"check": "letter_case", "case": "upper"}, "A SIGN!", "12 !"),
    ({"check": "language", "code": "de"}, "Das ist nicht der Hund und die Katze.", "That is not the dog and the cat."),
    ({"check": "language", "code": "zh"}, "春天来了，花开了。", "はるがきた"),
]


@pytest.mark.parametrize(("raw", "valid", "invalid"), FOLLOWED, ids=lambda value: str(value)[:40])
def test_a_check_tells_a_text_that_follows_it_from_one_that_does_not(raw, valid, invalid):
    (check,) = checks_of(raw)
    assert check.is_followed(valid)
    assert not check.is_followed(invalid)
    assert not check.is_followed(" \n")
    assert checks_of([as_json(check)]) == [check]


def test_every_check_has_a_case():
    assert {raw["check"] for raw, *_ in FOLLOWED} == set(instruction_checks.built_in)
    assert all(instruction_checks.get(name).name == name for name in instruction_checks.built_in)


def test_a_table_has_checks_as_json_in_a_column():
    assert checks_of('[{"check": "words", "at_least": 3}, {"check": "title"}]') == checks_of(
        [{"check": "words", "at_least": 3, "at_most": None}, {"check": "title"}]
    )


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("[{", "not a JSON list of checks"),
        ([3], "3 is no check, such as"),
        ({"at_least": 3}, "is no check"),
        ({"check": "wordz", "at_least": 3}, "'wordz'(.|\n)*words"),
        ({"check": "words"}, "check 'words': set `at_least`, `at_most` or both"),
        ({"check": "words", "least": 3}, r"least: Extra inputs .* \(its keys: at_least, at_most\)"),
        ({"check": "words", "at_least": 5, "at_most": 3}, "`at_least` 5 is more than `at_most` 3"),
        ({"check": "words", "at_least": 0}, "holds for every text"),
        ({"check": "words", "at_least": -1}, "greater than or equal to 0"),
        ({"check": "includes", "keywords": []}, "at least 1 item"),
        ({"check": "includes", "keywords": [" "]}, "the text is empty"),
        ({"check": "matches", "pattern": "(a"}, "check 'matches': pattern"),
        ({"check": "matches", "pattern": "a*"}, "matches the empty text"),
        ({"check": "language", "code": "tlh"}, "none of the languages that are recognised: en, de"),
    ],
)
def test_a_check_that_is_none_is_refused(raw, message):
    with pytest.raises(ValueError, match=message):
        checks_of(raw)


def test_json_that_a_model_nests_without_end_is_not_valid():
    (check,) = checks_of({"check": "json"})
    assert not check.is_followed("[" * 100_000)
