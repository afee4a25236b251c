"""Many small cases in one test: as tests of their own, each would cost more than what it checks."""

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any


def in_one_test(names: str, cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test function on every case, in one test that names each case that fails.

    For cases of microseconds that need no fixture of their own; `pytest.mark.parametrize` for others.

    Args:
        names: names of the function's parameters, as those of `parametrize`.
        cases: one value for each case, or a tuple where there are several names.
    """
    parameters = [name.strip() for name in names.split(",")]
    values = [case if len(parameters) > 1 else (case,) for case in cases]

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def test(**fixtures: Any) -> None:
            failures = []
            for value in values:
                try:
                    function(**fixtures, **dict(zip(parameters, value, strict=True)))
                except Exception as error:  # noqa: BLE001 - a failed assertion or any other error
                    error.add_note(f"case: {', '.join(map(ascii, value))}")
                    failures.append(error)
            assert values, "there is no case"
            if failures:
                raise ExceptionGroup(f"{len(failures)} of {len(values)} cases", failures)

        signature = inspect.signature(function)
        fixtures = [each for name, each in signature.parameters.items() if name not in parameters]
        test.__signature__ = signature.replace(parameters=fixtures)
        return test

    return decorate
