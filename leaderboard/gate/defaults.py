"""Where gates and baselines are looked for, and how verdicts are printed; quick to import."""

from enum import StrEnum
from pathlib import Path

CONFIG = Path("gate.yaml")
BASELINES = Path("baselines")


class GateFormat(StrEnum):
    """How verdicts are printed."""

    TABLE = "table"
    JSON = "json"
