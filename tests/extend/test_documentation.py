"""The code blocks of the pages under `docs/extend` are parts of the files that the other tests here install."""

import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"<!-- (\S+) -->\n```\w+\n(.*?)```", re.DOTALL)
PAGES = ("axis", "metric", "protocol")


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_part_of_the_file_that_it_names(page):
    text = (CHECKOUT / "docs" / "extend" / f"{page}.md").read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    assert len(blocks) == text.count("```") // 2
    for file, block in blocks:
        assert block in (CHECKOUT / file).read_text(encoding="utf-8"), file
