"""Tasks and suites: what can be measured, read from files, derived from data sets, or brought by plug-ins."""

from leaderboard.tasks.catalogue import Catalogue, default_catalogue
from leaderboard.tasks.suite import Suite, SuiteFile, is_suite, load_suite
from leaderboard.tasks.task import Anchors, GuestName, Name, Prompt, Task, load_task
from leaderboard.tasks.task_protocol import protocol_of

__all__ = [
    "Anchors",
    "Catalogue",
    "GuestName",
    "Name",
    "Prompt",
    "Suite",
    "SuiteFile",
    "Task",
    "default_catalogue",
    "is_suite",
    "load_suite",
    "load_task",
    "protocol_of",
]
