import json


def test_people_get_a_table_and_a_sentence(leaderboard, filled):
    result = leaderboard("compare", "good", "poor")
    assert result.status == 0
    assert "A  good" in result.out
    assert "0.300" in result.out
    assert "sst2, accuracy: A is significantly better" in result.out
    assert "compared by intervals, not example by example" in result.err


def test_programs_get_every_number(leaderboard, filled):
    rows = json.loads(leaderboard("compare", "good", "poor", "--format", "json").out)
    accuracy = next(row for row in rows if row["metric"] == "accuracy")
    assert accuracy["difference"] == 0.9 - 0.6
    assert accuracy["better"] == "good/zero_shot" or accuracy["better"].startswith("good")
    assert accuracy["certain"] is True
    assert accuracy["paired"] is False


def test_one_metric_can_be_chosen(leaderboard, filled):
    rows = json.loads(leaderboard("compare", "good", "poor", "--metric", "mcc", "--format", "json").out)
    assert [row["metric"] for row in rows] == ["mcc"]


def test_a_wrong_metric_is_answered_with_the_nearest(leaderboard, filled):
    result = leaderboard("compare", "good", "poor", "--metric", "acuracy")
    assert result.status == 2
    assert "--metric: unknown metric 'acuracy'" in result.err
    assert "accuracy" in result.err


def test_a_task_that_one_was_not_measured_on_is_reported(leaderboard, filled):
    result = leaderboard("compare", "good", "poor", "--task", "members")
    assert result.status == 2
    assert "unknown task 'members'" in result.err


def test_an_unknown_subject_is_reported(leaderboard, filled):
    result = leaderboard("compare", "good", "por")
    assert result.status == 2
    assert "unknown subject 'por'" in result.err


def test_a_document_that_is_not_there_is_reported(leaderboard, filled):
    result = leaderboard("compare", "good", "gone.json")
    assert result.status == 2
    assert "gone.json: no such file" in result.err


def test_a_store_that_holds_nothing_is_reported(leaderboard):
    result = leaderboard("compare", "good", "poor")
    assert result.status == 2
    assert "nothing was measured yet" in result.err
