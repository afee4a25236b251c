"""Prices of a server's tokens, as the user sets them."""

from leaderboard.backends.streaming import Prices
from leaderboard.errors import RequestError
from leaderboard.settings import COMPLETION_PRICE, PROMPT_PRICE, server_price


def server_prices() -> Prices | None:
    """Return the prices of tokens of prompts and of answers, in USD per million; None where they are not set.

    Raises:
        RequestError: for one price without the other, or one that is no number.
    """
    prompt, completion = server_price(PROMPT_PRICE), server_price(COMPLETION_PRICE)
    if prompt is None and completion is None:
        return None
    if prompt is None or completion is None:
        missing, present = (PROMPT_PRICE, COMPLETION_PRICE) if prompt is None else (COMPLETION_PRICE, PROMPT_PRICE)
        raise RequestError(
            f"{present} is set without {missing}\n  Set both, in USD per million tokens; 0 is a price, too"
        )
    return Prices(prompt, completion)
