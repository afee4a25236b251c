import re
from pathlib import Path

from tests.fuzz.catalogue import TARGETS
from tests.in_one_test import in_one_test

ROOT = Path(__file__).parents[1]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)(?:\[([^\]]+)\])?`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))


@in_one_test("file, test, case", NAMED)
def test_the_threat_model_names_tests_that_there_are(file, test, case):
    assert re.search(rf"^ *def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_threat_model_names_every_target_of_the_fuzzer():
    assert {case for _, test, case in NAMED if test == "test_nothing_escapes"} == {target.name for target in TARGETS}
