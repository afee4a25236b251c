"""Definitions of studies that somebody else wrote into a store: one message that names the study."""

from dataclasses import replace

import pytest

from leaderboard.errors import RequestError
from leaderboard.studies.definition import stored_definition
from tests.synthetic.records import study_record


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({}, "missing key 'model'"),
        ({"suite": 3}, "missing key 'model'"),
        ({"model": "package:tiny", "suite": 3}, "suite"),
        ({"model": "package:tiny", "suite": "demo", "space": {"levers": {"mixup": {}}}}, "missing key"),
    ],
)
def test_a_definition_that_no_search_wrote_is_refused(definition, message):
    with pytest.raises(RequestError, match="study 'better'") as refusal:
        stored_definition(replace(study_record(), definition=definition))
    assert message in str(refusal.value)
    assert "No search of this program wrote that" in str(refusal.value)
