"""Codes of languages (ISO 639) that a user may name."""

import difflib

from leaderboard.errors import RequestError

_TWO_LETTERS = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj
kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv
ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw ta te tg th
ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
CODES = frozenset(_TWO_LETTERS.split())
"""The codes of two letters (ISO 639-1). Those of three letters are too many to list, and are taken as they are."""
_OTHER_NAMES = {"cn": "zh", "jp": "ja", "kr": "ko", "cz": "cs", "gr": "el", "dk": "da", "ua": "uk", "vn": "vi"}
"""Codes of countries that are often taken for those of languages."""
_THREE = 3


def check_language(code: str) -> str:
    """Return the code of a language in lower case.

    Args:
        code: a code of two or three letters.

    Raises:
        RequestError: for a code of two letters that no language has, and for any other text, with valid examples.
    """
    lower = code.strip().lower()
    is_word = lower.isascii() and lower.isalpha()
    if is_word and (lower in CODES or len(lower) == _THREE):
        return lower
    near = _OTHER_NAMES.get(lower) or next(iter(difflib.get_close_matches(lower[:2], sorted(CODES), n=1)), "")
    hint = f"\n  Did you mean {near}?" if near and is_word else ""
    raise RequestError(f"--language {code}: a language is an ISO 639 code, such as en, zh, de, fr, es or ja{hint}")
