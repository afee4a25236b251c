"""The walk-through of a recipe shows the example as it is."""

import re
from pathlib import Path

WALK = Path(__file__).parents[2] / "docs" / "extend" / "recipe.md"
EXAMPLE = Path(__file__).parents[1] / "extend" / "recipe"


def test_its_code_is_that_of_the_example():
    files = [path.read_text(encoding="utf-8") for path in sorted(EXAMPLE.rglob("*")) if path.suffix in {".py", ".toml"}]
    blocks = re.findall(r"```(?:python|toml)\n(.*?)```", WALK.read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        assert any(block in file for file in files), block
