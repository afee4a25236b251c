"""Retrievers of facts, one file each."""
