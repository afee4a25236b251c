"""Usual names of columns, in English and Chinese, in the order of how surely they name a role."""

import unicodedata
from collections.abc import Iterable

_TEXTS = """
text texts sentence sentences review reviews review_text review_body comment comments comment_text content tweet
utterance document message post input 文本 评论 评论内容 内容 句子 评价 正文 语句 文字
"""
_FURTHER_TEXTS = "body title headline question query description summary abstract 标题 问题 描述 摘要"
_LABELS = """
label labels class classes sentiment category target polarity gold gold_label intent emotion topic
标签 类别 情感 分类 情感倾向 类型 意图
"""
_FURTHER_LABELS = "rating ratings stars star score overall grade y 评分 星级 打分 分数"
_IDS = "id idx index uid guid uuid no number row_id 编号 序号 unnamed:_0"
TEXTS = frozenset(_TEXTS.split()), frozenset(_FURTHER_TEXTS.split())
LABELS = frozenset(_LABELS.split()), frozenset(_FURTHER_LABELS.split())
"""Sets of names; a name of an earlier set counts more than one of a later."""
PAIRS = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("sentence_1", "sentence_2"),
    ("text1", "text2"),
    ("text_1", "text_2"),
    ("text_a", "text_b"),
    ("sentence_a", "sentence_b"),
    ("question1", "question2"),
    ("前提", "假设"),
    ("句子1", "句子2"),
    ("文本1", "文本2"),
)
"""Names of the two columns of a pair of texts."""
IDS = frozenset(_IDS.split()) | {""}
USUAL = frozenset().union(*TEXTS, *LABELS, *PAIRS, IDS) - {""}
_BLANKS = str.maketrans({" ": "_", "-": "_", ".": "_"})


def plain_name(name: str) -> str:
    """Return the name of a column without case, width, quotation marks and kinds of separators."""
    return unicodedata.normalize("NFKC", name).strip().strip("\"'").strip().casefold().translate(_BLANKS)


def ranked(names: Iterable[str], tiers: Iterable[frozenset[str]]) -> list[str]:
    """Return the columns with a usual name of the first set that has any."""
    every = list(names)
    for tier in tiers:
        if matches := [name for name in every if plain_name(name) in tier]:
            return matches
    return []
