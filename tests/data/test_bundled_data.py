"""The data of the bundled tasks: as many rows as published, and nothing scored that is learned from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from leaderboard.data.examples import TextExample
from leaderboard.data.overlap import disjoint, fingerprints, leaks, refuse_leaks, text_fingerprint
from leaderboard.data.reading import read_split, splits_of
from leaderboard.data.specification import Overlap, Split
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.tasks import default_catalogue, protocol_of

pytestmark = [pytest.mark.mirror, pytest.mark.usefixtures("mirror")]

CATALOGUE = default_catalogue()


@cache
def _splits(name: str) -> Mapping[str, Sequence[Any]]:
    task = CATALOGUE.task(name)
    example = protocol_of(task).example
    assert task.data is not None
    assert example is not None
    return splits_of(task.data, example, folder=task.folder, offline=True)


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("sst2", {"train": 5531, "nonmembers": 1389, "search": 872, "test": 1821}),
        ("tweeteval", {"train": 1183, "nonmembers": 404, "search": 413, "test": 12284}),
        ("tweets", {"train": 2151, "nonmembers": 796, "search": 416, "test": 837}),
        ("amazon", {"train": 1516, "nonmembers": 577, "search": 315, "test": 577}),
        ("cad_imdb", {"train": 1374, "nonmembers": 333, "search": 245, "test": 488}),
        ("cad_nli", {"train": 1321, "nonmembers": 345, "search": 200, "test": 400}),
        ("toxicity", {"train": 6344, "nonmembers": 1595, "search": 690, "test": 2000}),
        ("conll2003", {"train": 14041, "search": 3250, "test": 3453}),
        ("shift_cad_imdb", {"home": 488, "edited_reviews": 488}),
        ("shift_cad_nli", {"home": 400, "edited_premise": 800, "edited_hypothesis": 800}),
        (
            "shift_tweeteval",
            {"home": 12284, "amazon": 3708, "editorials": 5190, "movies": 10605, "tweets": 4200},
        ),
        ("shift_conll2003", {"home": 3453, "wnut17": 1287, "politics": 651, "science": 543}),
        ("hotel_reviews", {"train": 4692, "nonmembers": 737, "search": 850, "test": 1486}),
        ("ocnli", {"train": 2420, "nonmembers": 574, "search": 606, "test": 2344}),
        ("msra_ner", {"train": 10000, "search": 1000, "test": 1984}),
        ("eprstmt", {"train": 32, "search": 32, "test": 610}),
        ("cluewsc", {"train": 129, "search": 31, "test": 976}),
        ("chid", {"train": 42, "test": 2002}),
        ("kgclue", {"test": 2000}),
        (
            "shift_hotel_reviews",
            {
                "home": 1486,
                "food_delivery": 11987,
                "books": 3851,
                "clothes": 10000,
                "computers": 3992,
                "dairy": 2033,
                "fruit": 10000,
                "phones": 2323,
                "shampoo": 10000,
                "tablets": 10000,
                "water_heaters": 574,
            },
        ),
    ],
)
def test_a_task_has_the_published_rows(name: str, rows: dict[str, int]) -> None:
    assert {split: len(examples) for split, examples in _splits(name).items()} == rows


@pytest.mark.slow
def test_trec_has_six_classes_and_no_test_question_to_learn_from(mirror: Path) -> None:
    if not (mirror / "github/FreedomIntelligence/qnn").is_dir():
        pytest.skip("the mirror has no TREC")
    task, splits = CATALOGUE.task("trec"), dict(_splits("trec"))
    assert task.data is not None
    assert {name: len(rows) for name, rows in splits.items()} == {
        "train": 3847,
        "nonmembers": 797,
        "search": 808,
        "test": 500,
    }
    assert sorted(Counter(row.label for row in splits["test"]).values()) == [9, 65, 81, 94, 113, 138]
    kept = disjoint(splits, task.data.overlap, task="trec")
    assert not {row.text for row in kept["train"]} & {row.text for row in kept["test"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "owner", "questions", "paragraphs"),
    [("xquad", "google-deepmind", 1190, 240), ("cmrc2018", "ymcui", 3219, 848)],
)
def test_answers_are_spans_of_the_paragraph(
    mirror: Path, name: str, owner: str, questions: int, paragraphs: int
) -> None:
    if not (mirror / "github" / owner).is_dir():
        pytest.skip(f"the mirror has no files of {owner}")
    rows = _splits(name)["test"]
    assert (len(rows), len({row.group for row in rows})) == (questions, paragraphs)
    spans = [reference in row.text for row in rows for reference in row.references]
    assert sum(spans) >= 0.98 * len(spans)  # 2 % of the references of CMRC 2018 differ from the text in a character


@pytest.mark.slow
def test_blimp_has_1000_pairs_of_each_of_67_rules_in_12_phenomena(mirror: Path) -> None:
    if not (mirror / "github/alexwarstadt/blimp").is_dir():
        pytest.skip("the mirror has no BLiMP")
    splits = _splits("blimp")
    assert [len(splits[name]) for name in splits] == [1000] * 67
    assert len({pair.phenomenon for name in splits for pair in splits[name]}) == 12
    assert sum(pair.good == pair.bad for name in splits for pair in splits[name]) == 7


@pytest.mark.slow_after(1)
@pytest.mark.parametrize(
    ("name", "dropped"),
    [
        ("sst2", {"train": 4}),
        ("movies", {}),
        ("tweeteval", {}),
        ("tweets", {"train": 79, "search": 7}),
        ("amazon", {"train": 3}),
        ("cad_imdb", {"train": 1}),
        ("cad_nli", {}),
        ("toxicity", {"train": 29, "search": 4}),
        ("conll2003", {"train": 593, "search": 65}),
        ("hotel_reviews", {}),
        ("ocnli", {}),
        ("eprstmt", {}),
        ("cluewsc", {"train": 19, "search": 7}),
    ],
)
def test_a_task_says_to_drop_shared_rows_where_there_are_some(name: str, dropped: dict[str, int]) -> None:
    task = CATALOGUE.task(name)
    splits = dict(_splits(name))
    assert task.data is not None
    kept = disjoint(splits, task.data.overlap, task=name)
    assert {split: len(splits[split]) - len(rows) for split, rows in kept.items() if rows != splits[split]} == dropped
    assert task.data.overlap is (Overlap.DROP if dropped else Overlap.REFUSE)


@pytest.mark.slow
def test_every_type_of_entity_counts_as_one_of_four() -> None:
    task = CATALOGUE.task("shift_conll2003")
    assert task.data is not None
    names = task.data.labels
    entities = {
        split: Counter(names[tag].removeprefix("B-") for row in rows for tag in row.tags if names[tag].startswith("B-"))
        for split, rows in _splits("shift_conll2003").items()
    }
    assert entities == {
        "home": {"PER": 1617, "ORG": 1656, "LOC": 1662, "MISC": 693},
        "wnut17": {"PER": 429, "ORG": 66 + 165, "LOC": 150, "MISC": 127 + 142},
        "politics": {"PER": 354 + 485, "ORG": 513 + 953, "LOC": 599 + 418, "MISC": 258 + 434 + 195},
        "science": {"PER": 230 + 471, "ORG": 273 + 130 + 180, "LOC": 170 + 27, "MISC": 520 + 31 + 146 + 337},
    }


@pytest.mark.slow
def test_a_post_is_toxic_when_some_part_of_it_is() -> None:
    shares = {split: sum(row.label for row in rows) for split, rows in _splits("toxicity").items()}
    assert shares == {"train": 5949, "nonmembers": 1505, "search": 647, "test": 1606}


@pytest.fixture(scope="module")
def snippets() -> list[TextExample]:
    """All movie snippets of Hutto & Gilbert, whatever their rating."""
    task = CATALOGUE.task("movies").data
    assert task is not None
    reading = task.read.model_copy(update={"label_ranges": {"negative": (-4.0, 0.0), "positive": (0.0, 4.0)}})
    split = Split(source=task.splits["test"].source)
    return read_split(split, reading, task.labels, TextExample, name="movies", folder=Path(), offline=True)


@pytest.mark.slow
def test_most_of_sst2_is_among_the_movie_snippets_and_is_caught(snippets: list[TextExample]) -> None:
    fingerprints_of_sst2 = {text_fingerprint(snippet) for snippet in snippets}
    parts = ("train", "nonmembers", "search", "test")
    shared = {
        part: sum(text_fingerprint(row) in fingerprints_of_sst2 for row in _splits("sst2")[part]) for part in parts
    }
    assert shared == {"train": 4233, "nonmembers": 1085, "search": 685, "test": 1419}
    assert round(sum(shared.values()) / 9613, 2) == 0.77
    with pytest.raises(
        RequestError, match=r"mixed: .*\n  4233 of 5531 rows of 'train' are in 'test' too: train-\d+ is "
    ):
        disjoint({"train": _splits("sst2")["train"], "test": snippets}, Overlap.REFUSE, task="mixed")


@pytest.mark.slow
def test_a_subject_that_learned_sst2_is_not_scored_on_the_movie_snippets() -> None:
    learned = fingerprints(_splits("sst2")["train"], "sst2")
    assert len(leaks(learned, _splits("movies")["test"])) == 831
    with pytest.raises(LeaderboardError, match="trained on 831 of 2063 rows of split 'test' of movies"):
        refuse_leaks(learned, {"test": _splits("movies")["test"]}, task="movies")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sst2", "movies", "tweeteval", "cad_imdb", "cad_nli", "conll2003", "hotel_reviews"])
def test_no_shift_is_refused_to_the_subject_that_it_is_for(name: str) -> None:
    task = CATALOGUE.task(name)
    assert task.data is not None
    learned = fingerprints(disjoint(dict(_splits(name)), task.data.overlap, task=name)["train"], name)
    refuse_leaks(learned, _splits(f"shift_{name}"), task=f"shift_{name}")
