"""Perturbations of the words of Chinese texts that keep their meaning: synonyms, and other numbers."""

import re
from collections.abc import Mapping
from functools import cache

from leaderboard.data.perturbations.matches import other_number, replace_matches
from leaderboard.data.sampling import position

SYNONYMS = """
非常 十分 特别
觉得 感觉 认为
但是 可是 然而
因为 由于
如果 假如
虽然 尽管
已经 早已
马上 立刻 立即
经常 常常 时常
总是 老是
几乎 差不多
大概 大约
确实 的确
漂亮 好看
便宜 实惠
舒服 舒适
干净 整洁
安静 清静
满意 称心
失望 沮丧
喜欢 喜爱
购买 选购
质量 品质
价格 价钱
服务员 服务生
宾馆 旅馆
早餐 早饭
晚上 夜里
早上 早晨
附近 周围
地方 地点
时候 时刻
问题 毛病
孩子 小孩
简单 简便
糟糕 差劲
严重 厉害
"""
"""Groups of words of reviews that may take each other's place, written for this project (\u540c\u4e49\u8bcd).

Each word has two characters or more and is no part of a frequent longer word, since texts are not segmented.
"""
_NUMBER = re.compile(r"(?<![0-9A-Za-z_.,])[0-9]+(?![0-9A-Za-z_]|[.,][0-9])")
"""A whole number, also next to Chinese characters, which have no space around it."""


def replace_chinese_synonyms(text: str, key: str, share: float) -> str:
    """Replace a share of the words in `SYNONYMS`, at least one, by others of their group."""
    words = _synonyms()
    pattern = re.compile("|".join(sorted(words, key=len, reverse=True)))

    def other(word: str, at: str) -> str:
        return words[word][int(position(at) * len(words[word]))]

    return replace_matches(pattern, other, text, f"chinese_synonyms:{key}", share)


def change_chinese_numbers(text: str, key: str, share: float) -> str:
    """Replace some of the whole numbers in digits, at least one, by others of as many digits."""
    return replace_matches(_NUMBER, other_number, text, f"chinese_numbers:{key}", share)


@cache
def _synonyms() -> Mapping[str, tuple[str, ...]]:
    """Return the other words of the group of each word."""
    groups = [line.split() for line in SYNONYMS.strip().splitlines()]
    return {word: tuple(other for other in group if other != word) for group in groups for word in group}
