"""What templates may use: filters, tests and methods whose time is proportional to the text, and what may be put out.

These are what prompts, tasks of lm-evaluation-harness and chat templates of published models use, and what is like it.
Others of Jinja and Python make much of little (`expandtabs`, `urlize`), take quadratic time (`wordwrap`, `striptags`,
`decode`), or give another text each time (`random`, the address of an object).
"""

import datetime as dt
import numbers
from collections.abc import Mapping
from typing import Any

from jinja2 import Undefined
from jinja2.exceptions import SecurityError

FILTERS = frozenset(
    """abs attr batch capitalize center count d default dictsort e escape first float forceescape format groupby indent
    int items join last length list lower map max min reject rejectattr replace reverse round safe select selectattr
    slice sort string sum title tojson trim truncate upper""".split()  # noqa: SIM905 - forty words
)
TESTS = frozenset(
    """!= < <= == > >= boolean callable defined divisibleby eq equalto escaped even false filter float ge greaterthan gt
    in integer iterable le lessthan lower lt mapping ne none number odd sameas sequence string test true undefined
    upper""".split()  # noqa: SIM905 - forty words
)
_TEXT_METHODS = frozenset(
    """capitalize casefold center count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier
    islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip partition removeprefix removesuffix
    replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title upper
    zfill""".split()  # noqa: SIM905 - forty words
)
METHODS: Mapping[type, frozenset[str]] = {
    str: _TEXT_METHODS,
    bytes: frozenset(),
    int: frozenset({"as_integer_ratio", "bit_count", "bit_length", "is_integer"}),
    float: frozenset({"as_integer_ratio", "is_integer"}),
    list: frozenset({"copy", "count", "index"}),
    tuple: frozenset({"count", "index"}),
    dict: frozenset({"copy", "get", "items", "keys", "values"}),
    type: frozenset(),
}
"""Methods of plain values; `format` and `format_map` of texts are Jinja's own."""
_PLAIN = (str, bool, numbers.Number, type(None), dt.date, dt.time, dt.timedelta, Undefined)


def check_plain(value: Any) -> Any:
    """The value, which may be put out: its text is the same each time, and has no address of this process in it.

    Raises:
        SecurityError: for an object, also inside a list or dictionary.
    """
    if isinstance(value, _PLAIN):
        return value
    rest = [value]
    while rest:
        each = rest.pop()
        if isinstance(each, dict):
            rest += each.keys()
            rest += each.values()
        elif isinstance(each, list | tuple):
            rest += each
        elif not isinstance(each, _PLAIN):
            raise SecurityError(
                f"'{type(each).__name__}' cannot be put out; texts, numbers, lists and dictionaries can "
                "(`| list` makes a list)"
            )
    return value
