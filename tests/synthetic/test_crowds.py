from leaderboard.axes.axis import Axis
from leaderboard.ranking.utilities import utilities
from leaderboard.store.frames import estimates_frame
from tests.synthetic.crowds import synthetic_store


def test_a_crowd_has_as_many_subjects_and_metrics_as_asked_and_can_be_ranked(tmp_path):
    store = synthetic_store(f"sqlite:///{tmp_path}/crowd.db", 12, 60)
    frame = estimates_frame(store)
    assert frame.groupby("subject").size().tolist() == [60] * 12
    assert set(frame["axis"]) == set(Axis)
    results = utilities(estimates_frame(store, headline=True))
    ranking = results.ranked()
    assert len(ranking) == 12
    assert ranking["rank"].dropna().is_monotonic_increasing
    assert ranking.loc[ranking["above_chance"].fillna(True), "score"].dropna().is_monotonic_decreasing
    assert 0 < ranking["rank"].notna().sum() < 12  # one in ten lacks an axis
    assert store.health().problems == ()
    store.close()
