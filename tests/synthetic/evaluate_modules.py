"""Modules of the library `evaluate` in folders, as a user writes them."""

from pathlib import Path
from textwrap import dedent, indent

_MODULE = """\
import datasets
import evaluate
{imports}


class Synthetic(evaluate.Metric):
    def _info(self):
        return evaluate.MetricInfo(
            description="", citation="", inputs_description="",
            features=datasets.Features({{"predictions": {predictions}, "references": {references}}}),
        )

    def _compute(self, predictions, references{arguments}):
{body}
"""
TEXT, TEXTS, CLASS = (
    'datasets.Value("string")',
    'datasets.Sequence(datasets.Value("string"))',
    'datasets.Value("int32")',
)


def evaluate_module(
    folder: Path, name: str, body: str, *, imports: str = "", inputs=(TEXT, TEXT), arguments: str = ""
) -> str:
    """Write a module whose `_compute` has this body, and return its name in a task file beside it."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    text = _MODULE.format(
        imports=imports,
        predictions=inputs[0],
        references=inputs[1],
        arguments=arguments,
        body=indent(dedent(body), " " * 8),
    )
    (folder / name / f"{name}.py").write_text(text, encoding="utf-8")
    return f"./{name}"


SAME_WORDS = """
shares = [len(set(p.split()) & set(r.split())) / len(set(r.split())) for p, r in zip(predictions, references)]
return {"share": sum(shares) / len(shares)}
"""
"""The mean of scores of examples."""
CORPUS_BLEU = """
bleu = sacrebleu.corpus_bleu(predictions, [list(each) for each in zip(*references)])
return {"score": bleu.score, "counts": bleu.counts}
"""
"""A score of all texts together, which is no mean; needs `imports="import sacrebleu"` and references of `TEXTS`."""
