from importlib.util import find_spec

collect_ignore = [] if find_spec("copycat") else ["test_copycat.py"]
"""The plug-in's own tests run where it is installed, as `tests/extend/test_backend.py` does it."""
