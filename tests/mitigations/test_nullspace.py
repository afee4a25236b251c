import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from leaderboard.errors import NotMeasurableError, RequestError
from leaderboard.mitigations.debiasing.nullspace import GroupContrast, group_contrasts, nullspace_projection
from leaderboard.mitigations.text_groups import group_of, swap_text_groups

WIDTH = 6


def feature(text, leak=(0,)):
    """A vector of the text's words, with whether "he" stands in it written into some of its places."""
    rng = np.random.default_rng(abs(hash_of(text)))
    vector = rng.normal(size=WIDTH)
    vector[list(leak)] += 4.0 if " he " in f" {text} " else -4.0
    return vector


def hash_of(text):
    return sum(ord(letter) * place for place, letter in enumerate(text, start=1))


def features(texts):
    return np.array([feature(text) for text in texts])


TEXTS = [f"film {number} was one that he liked" for number in range(60)]
GENDER = group_contrasts(TEXTS)


def test_texts_are_set_against_their_copies():
    (contrast,) = group_contrasts([*TEXTS[:30], "film 99 was one that she liked", "nobody was there"])
    assert contrast.groups == ("female", "male")
    assert len(contrast.first) == len(contrast.second) == 31
    assert contrast.first[0] == "film 0 was one that she liked"
    assert contrast.second[-1] == "film 99 was one that he liked"


def test_a_text_that_comes_twice_counts_once():
    with pytest.raises(NotMeasurableError, match="female or male 1"):
        group_contrasts(["what he liked"] * 50)


@pytest.mark.parametrize(("texts", "counts"), [([], "none"), (TEXTS[:19], "female or male 19")])
def test_too_few_texts_that_name_a_group_are_counted(texts, counts):
    with pytest.raises(NotMeasurableError, match=f"debias_directions needs 20 training texts or more.*: {counts}"):
        group_contrasts(texts)


def test_the_projection_is_one_and_takes_a_direction_a_round():
    projection = nullspace_projection(GENDER, features, 2)
    assert projection == pytest.approx(projection.T)
    assert projection @ projection == pytest.approx(projection)
    assert np.trace(projection) == pytest.approx(WIDTH - 2)


def test_afterwards_a_linear_classifier_cannot_separate_the_groups():
    sides = features([*GENDER[0].first, *GENDER[0].second])
    labels = np.repeat([0, 1], len(TEXTS))
    accuracy_before = LogisticRegression().fit(sides, labels).score(sides, labels)
    projected = sides @ nullspace_projection(GENDER, features, 2)
    assert accuracy_before == 1.0
    assert LogisticRegression().fit(projected, labels).score(projected, labels) < 0.75


def test_features_that_do_not_encode_the_groups_stay():
    contrasts = [GroupContrast(("a", "b"), ["one"] * 20, ["two"] * 20)]
    vectors = {"one": np.array([1.0, 0.0, 5.0]), "two": np.array([-1.0, 0.0, 5.0])}
    projection = nullspace_projection(contrasts, lambda texts: np.array([vectors[text] for text in texts]), 1)
    assert projection == pytest.approx(np.diag([0.0, 1.0, 1.0]), abs=1e-6)


def test_no_more_directions_than_there_are_is_refused():
    with pytest.raises(RequestError, match=r"debias_directions 6: .* 1 pairs .* 6 features\n  Valid: 0 to 5"):
        nullspace_projection(GENDER, features, WIDTH)


def test_groups_in_two_texts_are_exchanged_together():
    assert swap_text_groups(("He left.", "Nobody stayed.")) == ("She left.", "Nobody stayed.")
    assert swap_text_groups(("Rain fell.", "Nobody stayed.")) is None
    assert group_of(("Rain fell.", "She stayed.")) == "female"
