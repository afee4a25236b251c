"""All targets, in the order in which a run tries them."""

from tests.fuzz.target import Target
from tests.fuzz.targets import data, definitions, harness, models, own_data, results, tables, texts

TARGETS: tuple[Target, ...] = (
    *texts.TARGETS,
    *definitions.TARGETS,
    *data.TARGETS,
    *tables.TARGETS,
    *own_data.TARGETS,
    *results.TARGETS,
    *models.TARGETS,
    *harness.TARGETS,
)
