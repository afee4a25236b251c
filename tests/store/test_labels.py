"""What subjects of one name are called."""

from hypothesis import given
from hypothesis import strategies as st

from leaderboard.identity import digest
from leaderboard.store.labels import NamedSubject, properties_of, unique_labels

FACTS = properties_of(source="./bert", dtype="float32", seed=0, details={"recipe": "finetune", "epochs": 3})


def subject(name: str = "bert/finetune(sst2)", **facts: str) -> NamedSubject:
    return NamedSubject(name, digest([name, facts]), FACTS | facts)


def test_a_name_that_one_has_is_its_label():
    assert unique_labels([subject(), subject("other")]) == ["bert/finetune(sst2)", "other"]


def test_what_differs_is_told_and_nothing_else():
    assert unique_labels([subject(), subject(seed="1")]) == ["bert/finetune(sst2) seed=0", "bert/finetune(sst2) seed=1"]
    assert unique_labels([subject(seed="1", epochs="4"), subject()]) == [
        "bert/finetune(sst2) seed=1 epochs=4",
        "bert/finetune(sst2) seed=0 epochs=3",
    ]


def test_folders_of_one_name_are_told_apart_by_their_paths():
    assert unique_labels([subject(source="./a/bert"), subject(source="./b/bert")]) == [
        "bert/finetune(sst2) source=./a/bert",
        "bert/finetune(sst2) source=./b/bert",
    ]


def test_what_only_the_identity_tells_apart_has_its_start():
    first, second = NamedSubject("same", "a" * 64, FACTS), NamedSubject("same", "b" * 64, FACTS)
    assert unique_labels([first, second]) == ["same#aaaaaaaa", "same#bbbbbbbb"]


def test_more_differences_than_people_read_are_the_identity():
    others = subject(seed="1", epochs="4", dtype="bfloat16", source="./b")
    assert all("#" in label for label in unique_labels([subject(), others]))


def test_nested_settings_have_dotted_names():
    properties = properties_of(
        source="x", dtype="float32", seed=0, details={"recipe": "as_is", "labels": {"LABEL_0": "no"}}
    )
    assert properties["labels.LABEL_0"] == "no"
    assert "recipe" not in properties


values = st.sampled_from(["0", "1", "x y", "much longer than anybody reads"])
facts = st.fixed_dictionaries({}, optional=dict.fromkeys(("seed", "epochs", "dtype", "source"), values))


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), facts), max_size=8))
def test_labels_are_unique_and_begin_with_the_name(subjects):
    subjects = [NamedSubject(name, digest([place]), properties) for place, (name, properties) in enumerate(subjects)]
    labels = unique_labels(subjects)
    assert len(set(labels)) == len(labels)
    assert all(label.startswith(each.name) for label, each in zip(labels, subjects, strict=True))
