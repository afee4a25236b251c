"""Explanation checks: properties of attribution methods on one subject, one metric a file."""
