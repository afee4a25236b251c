from dataclasses import replace
from datetime import timedelta

from leaderboard.axes.accuracy import ACCURACY
from leaderboard.axes.axis import Axis
from leaderboard.board.frames import compare, gates, search
from leaderboard.board.frames.compare import Assessment
from leaderboard.comparison.compare import Comparison, Difference
from leaderboard.stats.estimate import Estimate
from leaderboard.stats.intervals import proportion
from leaderboard.store.database import open_store
from leaderboard.store.records import GateRuleRecord, GateRunRecord, Severity, Verdict
from leaderboard.store.studies import studies
from leaderboard.studies.goal_request import GoalRequest
from leaderboard.studies.stored_study import stored_study
from leaderboard.tasks import default_catalogue
from tests.synthetic.records import NOON
from tests.synthetic.searches import write_search

DIFFERENCE = Difference(
    axis=Axis.ACCURACY,
    task="sst2",
    metric=ACCURACY,
    part="",
    first=proportion(8, 10),
    second=proportion(5, 10),
    difference=Estimate.measured(0.3, (0.1, 0.5), n=10, method="paired"),
    paired=True,
    test="McNemar",
    p=0.01,
    p_holm=0.02,
    minimum_detectable=0.2,
    better=1,
    certain=True,
)
RULE = GateRuleRecord(
    position=0,
    rule="accuracy >= 0.8",
    severity=Severity.ERROR,
    required=True,
    verdict=Verdict.PASS,
    value=0.9,
    low=0.85,
    high=0.95,
    n=100,
    unit="probability",
    bound=0.8,
    minimum_detectable=None,
    message="fine",
)


def call(day, *rules, subject="a"):
    return GateRunRecord(
        gate="release",
        config={},
        subject=subject,
        subject_identity=subject,
        baseline="",
        verdict=Verdict.PASS,
        started_at=NOON + timedelta(day),
        rules=rules,
    )


def test_only_what_chance_does_not_explain_is_better_or_worse():
    worse, unsure = replace(DIFFERENCE, better=-1), replace(DIFFERENCE, certain=False)
    same = replace(unsure, difference=Estimate.measured(0.0, (0.0, 0.0), n=10, method="exact"), better=0)
    unknown = replace(unsure, difference=Estimate.not_measured("no head"), better=None)
    assessments = [compare.assessment_of(each) for each in (DIFFERENCE, worse, unsure, same, unknown)]
    assert assessments == [Assessment.BETTER, Assessment.WORSE, Assessment.UNCLEAR, Assessment.SAME, Assessment.UNKNOWN]


def test_differences_tell_texts_and_numbers_or_why_not():
    part = replace(DIFFERENCE, part="home")
    unknown = replace(DIFFERENCE, difference=Estimate.not_measured("no head"), better=None, minimum_detectable=None)
    frame = [Comparison(first="a", second="b", differences=(DIFFERENCE, part, unknown), caveats=(), family=1)]
    every = compare.differences(frame, headlines=False)
    assert every["metric"].tolist() == ["accuracy", "accuracy:home", "accuracy"]
    assert every.loc[0, "difference"] == "0.300 [0.100, 0.500]"
    assert every.loc[2, ["difference", "minimum_detectable", "reason"]].tolist() == ["–", "–", "no head"]
    assert len(compare.differences(frame, headlines=True)) == 2
    assert compare.counted(every)[Assessment.BETTER] == 2
    assert compare.differences([], headlines=True).empty


def test_calls_count_their_verdicts():
    failed = replace(RULE, position=1, verdict=Verdict.FAIL)
    assert gates.runs_frame([call(0, RULE, failed)])[["passed", "failed", "undecided"]].iloc[0].tolist() == [1, 1, 0]
    assert gates.runs_frame([]).empty


def test_rules_have_their_value_and_bound_as_people_read_them():
    unknown = replace(RULE, value=None, low=None, high=None, bound=None, verdict=Verdict.INCONCLUSIVE)
    frame = gates.rules_frame(call(0, RULE, unknown))
    assert frame["value"].tolist() == ["0.900 [0.850, 0.950]", ""]
    assert frame["bound"].tolist() == ["0.800", ""]


def test_a_trend_is_of_the_calls_that_asked_the_rule_oldest_first():
    other = replace(RULE, rule="bias <= 3")
    runs = [call(2, replace(RULE, value=None, low=None, high=None)), call(1, other), call(0, RULE)]
    frame = gates.trend(runs, RULE.rule)
    assert frame["at"].tolist() == [NOON, NOON + timedelta(2)]
    assert frame["value"].isna().tolist() == [False, True]
    assert gates.rules_of(runs) == [RULE.rule, other.rule]
    assert gates.trend([], RULE.rule).empty


def test_a_search_has_a_row_a_study_and_a_row_a_trial(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/search.db")
    write_search(store, GoalRequest(pareto="accuracy,latency"), name="faster")
    overview = search.studies_frame(studies(store))
    frame = stored_study(store, default_catalogue(), "faster")
    rows = search.trials_frame(frame)
    assert overview.loc[0, "trials"] == len(rows) == len(frame.trials)
    assert rows.loc[0, "settings"] == ""
    assert rows["best"].sum() == len(frame.front)
    utility = frame.searched[frame.front[0].number].axes[Axis.ACCURACY].value
    assert rows.set_index("trial").loc[frame.front[0].number, "accuracy"] == utility


def test_no_study_is_an_empty_frame():
    assert search.studies_frame([]).empty
