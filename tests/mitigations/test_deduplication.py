from leaderboard.data.examples import TextExample
from leaderboard.mitigations.deduplication import without_copies
from leaderboard.mitigations.draws import generator, is_chosen


def ids(examples):
    return [example.id for example in examples]


def test_the_first_of_copies_stays_whatever_their_labels():
    texts = [("a", "A good film.", 1), ("b", "a  GOOD film", 0), ("c", "A bad film.", 0), ("d", "a bad film!", 0)]
    kept = without_copies(TextExample(id=name, text=text, label=label) for name, text, label in texts)
    assert ids(kept) == ["a", "c"]
    assert kept[0].label == 1


def test_a_pair_is_a_copy_when_both_texts_are():
    one = TextExample(id="1", text="a", second="b")
    assert ids(without_copies([one, one.model_copy(update={"id": "2", "second": "c"})])) == ["1", "2"]
    assert ids(without_copies([one, one.model_copy(update={"id": "2"})])) == ["1"]
    assert without_copies([]) == []


def test_a_larger_share_chooses_the_same_and_more():
    names = [f"train-{number}" for number in range(1000)]
    some, more = ({name for name in names if is_chosen(share, 0, "typos", name)} for share in (0.2, 0.5))
    assert some < more
    assert 150 < len(some) < 250
    assert 450 < len(more) < 550
    assert not any(is_chosen(0.0, 0, "typos", name) for name in names)
    assert all(is_chosen(1.0, 0, "typos", name) for name in names)


def test_seeds_mitigations_and_examples_draw_for_themselves():
    draws = {
        generator(*key).random() for key in [(0, "typos", "1"), (1, "typos", "1"), (0, "x", "1"), (0, "typos", "2")]
    }
    assert len(draws) == 4
    assert generator(0, "typos", "1").random() == generator(0, "typos", "1").random()
