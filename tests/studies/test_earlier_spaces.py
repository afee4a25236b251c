"""Search spaces of today, written down: a stored study goes on in the space that it began in, point by point.

`earlier/spaces.json` was written before levers were collected from declarations. A lever may be added by whoever adds
a mitigation; one that is there keeps its place, range and off value, and every point the recipe that it stood for.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.resolved_model import ResolvedModel
from leaderboard.backends.precision import Precision
from leaderboard.identity import digest
from leaderboard.reports.search_space import space_rows
from leaderboard.studies.space import Space, space_of

PINNED = json.loads((Path(__file__).parent / "earlier" / "spaces.json").read_text(encoding="utf-8"))
ROWS = ("lever", "searched", "value", "range", "values", "off", "stage", "moves", "meaning")


def space_in(folder: Path, case) -> Space:
    """The space of a case: a model of a kind and a number of layers, and what a file asks for."""
    (folder / "config.json").write_text(json.dumps({"num_hidden_layers": case["layers"]}), encoding="utf-8")
    space_file = folder / "space.yaml"
    space_file.write_text(yaml.safe_dump(case["file"]), encoding="utf-8")
    model = ResolvedModel(
        name="pinned",
        source="pinned",
        folder=folder,
        kind=ModelKind(case["kind"]),
        revision="1",
        dtype=Precision.FLOAT32,
        content={},
    )
    return space_of(str(space_file), model, "cpu")


def rows(space: Space) -> list[list[object]]:
    return [[row[name] for name in ROWS] for row in space_rows(space)]


def points(space: Space, n: int = 60) -> str:
    """Digest of the recipes of random points, of trial 0, and of points that turn one lever alone."""
    rng = np.random.default_rng(0)
    tried = [space.off]
    tried += [{**space.off, name: values.drawn(rng, space.off[name])} for name, values in space.searched.items()]
    tried += [{name: values.drawn(rng, space.off[name]) for name, values in space.searched.items()} for _ in range(n)]
    return digest([dict(space.recipe(point).details) for point in tried])


@pytest.mark.slow_after(2)
@pytest.mark.parametrize("case", PINNED, ids=lambda case: f"{case['kind']}-{case['layers']}-{case['file']}"[:80])
def test_a_space_keeps_its_levers_and_what_they_stand_for(tmp_path, case):
    space = space_in(tmp_path, case)
    names = {row[0] for row in case["rows"]}
    assert [row for row in rows(space) if row[0] in names] == case["rows"]
    assert list(space.searched) == case["searched"]
    assert space.off == case["off"]
    assert points(space) == case["points"]


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("case", PINNED, ids=lambda case: f"{case['kind']}-{case['layers']}-{case['file']}"[:80])
def test_a_stored_space_is_read_as_it_was_kept(case):
    space = Space.from_json(case["stored"])
    assert json.loads(json.dumps(space.to_json())) == case["stored"]
    assert points(space) == case["points"]
