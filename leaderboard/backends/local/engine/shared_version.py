"""The version of the code that protocols and recipes share."""

SHARED_CODE = 2
"""Raised when the engine or the reading of data would show protocols and recipes other numbers.

They have versions of their own; without one here, a change of how rows are scored or texts are pooled would be served
from what was measured, or answered, before it.
"""
