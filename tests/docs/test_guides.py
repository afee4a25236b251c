"""The guides can be followed from an empty folder: what they explain was measured before, and their Python is valid."""

import re

import pytest

from tests.docs.pages import CHECKOUT, blocks

GUIDES = sorted((CHECKOUT / "docs" / "guides").glob("*.md"))
MEASURED = re.compile(r"leaderboard run .*?--model (?:package:)?(\S+)")
EXPLAINED = re.compile(r"leaderboard explain .*?--(?:subject|against) [\"']?([^\s/\"']+)")


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_subject_is_measured_before_it_is_explained(guide):
    measured: list[str] = []
    for line in guide.read_text(encoding="utf-8").splitlines():
        for subject in EXPLAINED.findall(line) + re.findall(r"--against (\S+)", line):
            assert any(model.startswith(subject) for model in measured), line
        measured += MEASURED.findall(line)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_the_python_of_a_guide_is_valid(guide):
    for language, text in blocks(guide.read_text(encoding="utf-8")):
        if language == "python":
            compile(text, guide.name, "exec")
