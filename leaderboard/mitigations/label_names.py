"""Label names: names of classes for use in a sentence."""


def readable(name: str) -> str:
    """Return a name with spaces: "not_equivalent" becomes "not equivalent"."""
    return name.replace("_", " ").strip()


def join_with_or(names: tuple[str, ...]) -> str:
    """Join names for a sentence: "negative, neutral or positive"."""
    *others, last = map(readable, names)
    return f"{', '.join(others)} or {last}" if others else last
