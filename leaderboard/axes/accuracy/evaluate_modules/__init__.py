"""Modules of the library `evaluate` as metrics of a task: `evaluate:rouge`, `evaluate:owner/name`, `evaluate:./folder`.

A module is code. It is loaded before a model is, and only where the user trusts it; its scores are computed while a
subject is observed, and kept, so that the estimates are computed from observations alone.
"""
