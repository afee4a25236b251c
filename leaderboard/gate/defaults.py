"""Default paths of gates and baselines, and the output formats of a gate; quick to import."""

from enum import StrEnum
from pathlib import Path

CONFIG = Path("gate.yaml")
BASELINES = Path("baselines")


class GateFormat(StrEnum):
    """Output format of the verdicts."""

    TABLE = "table"
    JSON = "json"
