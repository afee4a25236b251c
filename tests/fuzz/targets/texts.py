"""Texts that people type: options of the command line, the address of the board, templates of prompts."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from random import Random
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import parse_qs

from leaderboard import redaction
from leaderboard.amounts import parse_age, parse_duration, parse_size
from leaderboard.axes.axis import Axis
from leaderboard.axes.catalogue import METRICS
from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.reference import ModelReference
from leaderboard.board import translations, url_state
from leaderboard.board.translations import Language
from leaderboard.data.examples import TextExample
from leaderboard.data.template import render, well_formed
from leaderboard.errors import LeaderboardError
from leaderboard.gate.baselines import baseline_path
from leaderboard.gate.subjects import resolve_baseline
from leaderboard.ranking.conditions import Condition
from leaderboard.ranking.terms import Term
from leaderboard.ranking.weighted_ranking import parse_weights
from leaderboard.ranking.weights import relative
from leaderboard.recipes.choosing import RecipeRequest
from leaderboard.store.database import display_url, open_for_reading
from leaderboard.tasks import Catalogue, default_catalogue
from tests.fuzz.mutation import mutated_line
from tests.fuzz.target import Read, Target

_CONDITIONS = (
    *("privacy.leak_auc <= 0.55", "latency.p95 <= 20 ms", "latency.p95 <= 0.8 * baseline", "ood >= 60 %"),
    *("bias.crows_pairs <= baseline + 1.0", "accuracy >= baseline - 0.02", "accuracy.sst2.macro_f1 > .5e-1"),
    *("latency.peak_memory < 2 GiB", "accuracy >= baseline * 1.5 - 2 %", "latency_p95 ≤ 0.5 s", "bias.flip_rate ≥ −1"),
)
_COMPARISONS = ("<=", ">=", "<", ">", "≤", "≥")
_TERMS = ("accuracy", "latency_p95", "latency.p95", "bias.flip_rate", "bias.crows_pairs", "accuracy.sst2.macro_f1")
_REFERENCES = (
    *("bert-base-cased", "owner/name@main", "owner/name@refs/pr/1", "./model", "model", "../model", "~/model"),
    *("model.gguf", "folder/model.gguf", "package:dist", "package:dist==1.0", "package:dist==1.0:sub/folder", "/tmp/m"),
)
_AMOUNTS = (
    "5GB",
    "5 GiB",
    "1.5kB",
    "90min",
    "12h",
    "30d",
    "2w",
    "90",
    "90s",
    "10m",
    "999999999999d",
    "0.000000000001b",
)
_WEIGHTS = ("accuracy=2", "latency=0", "bias=1e3", "ood=0.5", "privacy = 1_0", "explainability=1")
_SETTINGS = (
    *("recipe.recipe=finetune", "recipe.learning_rate=2e-5", "recipe.labels.LABEL_0=no", "recipe.epochs=3"),
    *("recipe.recipe=lora", "recipe.lora.rank=8", "recipe.recipe=ensemble", "recipe.members=[{recipe: probe}]"),
    *("recipe.recipe=probe", "recipe.c=0.1", "recipe.anonymise=names", "recipe.temperature=2", "recipe.quantise=int8"),
    *("recipe.recipe=finetune&recipe.epochs=2&recipe.batch_size=8", "recipe.recipe=probe&recipe.c=1&recipe.layer=2"),
    *("recipe.recipe=as_is&recipe.labels.LABEL_0=negative&recipe.labels.1=on", "recipe.recipe=zero_shot"),
)
_STORES = (
    *("results/leaderboard.db", "sqlite:///results/leaderboard.db", "sqlite:////tmp/x.db", "x.sqlite3", "~/x.db"),
    *("postgresql://user:secret@host:5432/name?sslmode=require", "postgresql+psycopg://host/name", "sqlite://"),
)
_ADDRESSES = (
    *("accuracy=2.5&latency=0", "subject=a&subject=b", "rows=25&page=2", "q=bert&where=accuracy%20%3E%3D%200.5"),
    *("method=pareto&view=intervals", "lang=zh", "raw=1", "x=latency&y=accuracy&third=", "min_bias=0.5&page=1e3"),
)
_PROMPTS = (
    *("{{ text }}\nSentiment:", "{{ premise }} Question: {{ hypothesis }} True or False?", "{{ row['text'] | trim }}"),
    *("{% for choice in choices %}{{ loop.index }}. {{ choice }}\n{% endfor %}Answer:", "{{ text[:100] | upper }}"),
    *(
        "{{ '%s' | format(text) }}{% if label %} {{ label }}{% endif %}",
        "{% set x = text.split() %}{{ x | join(',') }}",
    ),
)
_FIELDS = {
    "text": "A fine film.",
    "premise": "It rains.",
    "hypothesis": "It is wet.",
    "choices": ["yes", "no"],
    "label": 1,
    "row": {"text": "A fine film.", "nested": {"list": [1, 2.5, None, True]}},
}


@cache
def _terms() -> list[str]:
    """Every form of a term that there is: axes, metrics, and some tasks with their metrics."""
    metrics = [text for each in METRICS.values() for text in (each.name, f"{each.axis}.{each.name}")]
    tasks = [f"{task.axis}.{task.name}.{task.metrics[0]}" for task in _catalogue().tasks.values()]
    return [*_TERMS, *metrics, *tasks, *Axis]


def _changed_condition(rng: Random, seeds: Sequence[bytes]) -> bytes:
    """Half of them put together of parts that are valid one by one, half of them with changes."""
    if rng.randrange(2):
        return mutated_line(rng, seeds)
    number = rng.choice((f"{rng.random():.4g}", str(rng.randrange(1000)), f"{rng.randrange(99)}.", "1e-3", "−2", "+.5"))
    unit = rng.choice(("", "", " %", " ms", "s", " GiB", "MB", " k", " µs"))
    bound = rng.choice((number, f"baseline - {number}", f"{number} * baseline", f"baseline × 2 + {number}", "baseline"))
    return f"{rng.choice(_terms())} {rng.choice(_COMPARISONS)} {bound}{unit}".encode()


def _text(data: bytes) -> str:
    """What Python makes of the bytes of a command line."""
    return data.decode("utf-8", "surrogateescape")


@cache
def _catalogue() -> Catalogue:
    return default_catalogue()


def _read_condition(data: bytes, _: Path) -> None:
    Condition.parse(_text(data), _catalogue().tasks, where="--where").violation(0.5, 0.25)


def _read_term(data: bytes, _: Path) -> None:
    Term.parse(_text(data), _catalogue().tasks, where="--minimize").check(_catalogue().tasks)


def _read_reference(data: bytes, _: Path) -> None:
    ModelReference.parse(_text(data))


def _read_amount(data: bytes, _: Path) -> None:
    text, refused = _text(data), 0
    for parse in (parse_size, parse_age, parse_duration):
        try:
            parse(text, where="--to")
        except LeaderboardError as error:
            refused, last = refused + 1, error
    if refused == len((parse_size, parse_age, parse_duration)):
        raise last


def _read_weights(data: bytes, _: Path) -> None:
    relative(parse_weights(_text(data).split("&")))


def _read_settings(data: bytes, _: Path) -> None:
    request = RecipeRequest.read(None, None, _text(data).split("&"))
    request.asks_in_words(ModelKind.CAUSAL)
    request.learns(ModelKind.ENCODER)
    request.recipe(ModelKind.ENCODER, "cpu", TextExample)


def _read_store(data: bytes, _: Path) -> None:
    url = _text(data)
    if redaction._secrets._registered:  # the passwords of thousands of URLs, which no process ever has
        redaction._secrets.__init__()
    display_url(url)
    if not url.casefold().startswith("postgres"):
        open_for_reading(url)


def _read_baseline(data: bytes, folder: Path) -> None:
    name = _text(data)
    try:
        place = baseline_path(folder, name)
        assert place.parent == folder
    except LeaderboardError:
        resolve_baseline(name, folder, None)


class _Query(dict[str, list[str]]):
    """The query parameters of a page."""

    def get_all(self, name: str) -> list[str]:
        return self.get(name, [])

    def __delitem__(self, name: str) -> None:
        self.pop(name, None)


def _read_address(data: bytes, _: Path) -> None:
    query = parse_qs(data.decode("utf-8", "replace"), keep_blank_values=True)
    session = SimpleNamespace(session_state={}, query_params=_Query(query), toast=lambda *_, **__: None)
    with patch.object(url_state, "st", session), patch.object(translations, "st", session):
        _read_page()


def _read_page() -> None:
    url_state.choice("lang", Language, stays=True)
    for axis in Axis:
        url_state.number(axis.value, 1.0, low=0.0, high=4.0)
        url_state.number(f"min_{axis}", 0.0, low=0.0, high=1.0)
    url_state.number("page", 1, low=1, high=9)
    url_state.switch("raw")
    url_state.string("q")
    url_state.several("subject", ["a", "b"], stays=True)
    for name, options in {"rows": (10, 25), "method": ("weighted", "pareto"), "x": list(Axis)}.items():
        url_state.choice(name, options)
    Condition.parse(url_state.value(url_state.string("where")) or "ood >= 0", _catalogue().tasks)


def _read_prompt(data: bytes, _: Path) -> None:
    template = data.decode("utf-8", "replace")
    try:
        well_formed(template)
    except ValueError as error:  # which a task file's schema turns into one message
        raise LeaderboardError(str(error)) from None
    render(template, _FIELDS)


def _target(name: str, inputs: int, seeds: Sequence[str], read: Read, *, anywhere: bool = False) -> Target:
    encoded = [each.encode() for each in seeds]
    return Target(name=name, inputs=inputs, seeds=lambda: encoded, change=mutated_line, read=read, anywhere=anywhere)


TARGETS = (
    Target(
        name="conditions",
        inputs=90_000,
        seeds=lambda: [each.encode() for each in _CONDITIONS],
        change=_changed_condition,
        read=_read_condition,
    ),
    _target("terms", 30_000, _terms(), _read_term),
    _target("model references", 260_000, _REFERENCES, _read_reference),
    _target("amounts", 230_000, _AMOUNTS, _read_amount),
    _target("weights", 230_000, _WEIGHTS, _read_weights),
    _target("recipe settings", 8_000, _SETTINGS, _read_settings),
    _target("store names", 40_000, _STORES, _read_store, anywhere=True),
    _target("baseline names", 110_000, ("main", "release-1.0", "a.b_c"), _read_baseline, anywhere=True),
    _target("board addresses", 15_000, _ADDRESSES, _read_address),
    _target("prompt templates", 5_000, _PROMPTS, _read_prompt),
)
