"""Templates from strangers: the same text as Jinja's sandbox makes, or one message within seconds."""

import datetime as dt
import json
import re
import time
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import lm_eval
import numpy as np
import pytest
from jinja2 import StrictUndefined, TemplateError
from jinja2.defaults import DEFAULT_FILTERS, DEFAULT_TESTS
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from leaderboard.data import template_budget
from leaderboard.data.bounded_templates import BoundedEnvironment
from leaderboard.data.template import render, well_formed
from leaderboard.data.template_vocabulary import FILTERS, METHODS, TESTS
from leaderboard.errors import RequestError
from tests.in_one_test import in_one_test

LARGE = "a text or list of more than 10,000,000 characters"
WIDE = "a width or number of items of more than 10,000"
CHARACTERS = "more than 10,000,000 characters of text"
DOUBLING = "{% set ns = namespace(x=START) %}{% for i in range(100) %}STEP{% endfor %}{{ ns.x|length }}"


def doubling(start: str, step: str) -> str:
    return DOUBLING.replace("START", start).replace("STEP", step)


ATTACKS = {
    "{{ 9**(9**9) }}": "a whole number of more than 4,096 bits",  # hung `tasks validate`, which only compiles
    "{{ 7 * 9**1200 * 9**1200 }}": "a whole number of more than 4,096 bits",
    "{{ 'a'*10**10 }}": LARGE,
    "{{ 10**10*[0] }}": LARGE,
    "{% for a in range(9999) %}{% for b in range(9999) %}{{ 1 }}{% endfor %}{% endfor %}": "more than 250,000 steps",
    "{% for a in range(99999) %}{% for b in range(9) %}" + "x" * 99 + "{% endfor %}{% endfor %}": CHARACTERS,
    "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}": "maximum recursion depth exceeded",
    "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(99) }}": "250,000 steps",
    "{% macro f() %}"
    + "x" * 90_000
    + "{% endmacro %}{% for a in range(999) %}{% set b = f() %}{% endfor %}": CHARACTERS,
    "{% for a in [1] recursive %}{{ loop([1]) }}{{ loop([1]) }}{% endfor %}": "maximum recursion depth exceeded",
    "{% block a %}{{ self.a() }}{% endblock %}": "maximum recursion depth exceeded",
    "{{ '%1000000000d' % 1 }}": WIDE,
    "{{ '%.1000000000f' % 1.5 }}": WIDE,
    "{{ '%*d' % (1000000000, 1) }}": "a format with `*` cannot be used",
    "{{ '%1000000000d' | format(1) }}": WIDE,
    "{{ '{:>10000000000}'.format('a') }}": WIDE,
    "{{ '{:>{w}}'.format('a', w=10000000000) }}": WIDE,
    "{{ '{x:>1000000000}'.format_map({'x': 1}) }}": WIDE,
    "{{ 'a' | center(10**9) }}": WIDE,
    "{{ 'a'.center(10**9) }}": WIDE,
    "{{ 'a'.zfill(10**9) }}": WIDE,
    "{% filter center(10**9) %}a{% endfilter %}": WIDE,
    "{{ ('a\n' * 9999) | indent(9999) }}": LARGE,
    "{{ [1] | batch(10**9, 'x') | list }}": WIDE,
    "{{ [1] | slice(10**9) | list }}": WIDE,
    "{{ [1, [2]] | tojson(indent=10**9) }}": WIDE,
    "{{ ('a' * 10**6) | replace('a', 'b' * 10**6) }}": LARGE,
    "{{ ('a' * 10**6).replace('', 'b' * 10**6) }}": LARGE,
    "{{ ('a' * 10**6) | join('b' * 1000) }}": LARGE,
    "{{ ('b' * 10**6).join('a' * 10**6) }}": LARGE,
    "{{ 'a'.ljust(9) * 10**4 | int }}{{ '%(a)s' * 2000 % {'a': 'x' * 10**5} }}": LARGE,
    "{{ '%9999d' * 1500 % ((1,) * 1500) }}": LARGE,
    "{{ '%(' * 10**5 % {} }}": "a format of more than 10,000 characters",
    "{{ '{:>9999}' * 1500 }}{{ ('{0:>9999}' * 1500).format(1) }}": CHARACTERS,
    "{{ 'x' * 1000 | wordwrap(1) }}": "'wordwrap' cannot be used in templates; use one of abs, attr, batch",
    "{{ text | striptags }}": "'striptags' cannot be used",
    "{{ [1, 2] | random }}": "'random' cannot be used",
    "{{ [[1, 2]] | map('random') | list }}": "No filter named 'random'",
    "{{ text | pprint }}{{ text | urlize }}{{ text | unique }}": "'pprint' cannot be used",
    "{{ [[1], [2]] | sum(start=[]) }}": "'sum' adds numbers alone",
    "{{ [[1], [2]] | sum(none, []) }}": "'sum' adds numbers alone",
    "{{ ('a' * 10**6).encode().decode('punycode') }}": "the method 'encode' of str cannot be used",
    "{{ ('b' + 'a' * 10**6).rfind('b' + 'a' * 5 * 10**5) }}": "more than 100,000,000 comparisons of characters",
    "{{ ('a' * 10**6).rsplit(sep='b' + 'a' * 10**5) }}": "more than 100,000,000 comparisons",
    "{{ ('b' * 10**6).strip('a' * 10**6 + 'b') }}": "more than 100,000,000 comparisons",
    "{{ ('b' * 10**6) | trim('a' * 10**6 + 'b') }}": "more than 100,000,000 comparisons",
    "{{ ('f' * 10**6) | int(base=16) % 7 }}": "a whole number of more than 4,096 bits",
    "{{ dict(range(99999) | map('string') | map('list')) }}": "a dictionary is made of another, or of 10,000 pairs",
    "{{ cycler(1) }}": "'Cycler' cannot be put out; texts, numbers, lists and dictionaries can (`| list` makes a list)",
    "{{ range(3) }}": "'range' cannot be put out",
    "{{ [1] | map('string') }}": "'generator' cannot be put out",
    "{{ [[joiner()]] }}": "'Joiner' cannot be put out",
    "{{ {'a': namespace()} }}": "'Namespace' cannot be put out",
    "{{ cycler(1) ~ '' }}": "'Cycler' cannot be put out",
    "{{ cycler(1) | string }}": "'Cycler' cannot be put out",
    "{{ cycler(1) | upper }}": "'Cycler' cannot be put out",
    "{{ [cycler(1)] | join }}": "'Cycler' cannot be put out",
    "{{ [cycler(1)] | map('default') | join }}": "'generator' cannot be put out",
    "{{ ['a'] | join(cycler(1)) }}": "'Cycler' cannot be put out",
    "{{ 'a' | replace('a', cycler(1)) }}": "'Cycler' cannot be put out",
    "{{ '%s' % cycler(1) }}": "'Cycler' cannot be put out",
    "{{ '%s' | format(cycler(1)) }}": "'Cycler' cannot be put out",
    "{{ '%(a)s' | format(a=cycler(1)) }}": "'Cycler' cannot be put out",
    "{{ '{}'.format(cycler(1)) }}": "'Cycler' cannot be put out",
    "{{ '{!r:>9}'.format(cycler(1)) }}": "'Cycler' cannot be put out",
    "{{ text.upper }}": "'builtin_function_or_method' cannot be put out",
    "{{ range(99999) | map('string') | map('center', 9999) | join }}": LARGE,
    "{{ {}.fromkeys(range(99999), 'x' * 9999) }}": "the method 'fromkeys' of type cannot be used",
    doubling("'a'", "{% set ns.x = ns.x ~ ns.x %}"): CHARACTERS,
    doubling("'a'", "{% set ns.x = ns.x + ns.x %}"): LARGE,
    doubling("'a'", "{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}"): CHARACTERS,
    doubling("[1]", "{% set ns.x = [ns.x, ns.x] %}"): LARGE,
    doubling("[1]", "{% set ns.x = (ns.x, ns.x) %}"): LARGE,
    doubling("[1]", "{% set ns.x = {'a': ns.x, 'b': ns.x} %}"): LARGE,
    doubling("[1]", "{% set ns.x = dict(a=ns.x, b=ns.x) %}"): LARGE,
    "{{ range(10**20) }}": "too large",
    "{{ range(10**6) }}": "Range too big",
    "{{ 'a'.expandtabs(10**9) }}": "the method 'expandtabs' of str cannot be used in templates",
    "{{ 'a'.translate({97: 'b' * 10**6}) }}": "the method 'translate' of str cannot be used",
    "{{ (1).to_bytes(10**9, 'big') }}": "the method 'to_bytes' of int cannot be used",
    "{{ 'a' is sameas 'a' is nothing }}": "No test named 'nothing'",
    "{{ lipsum(10**9) }}": "'lipsum' is undefined",
    "{% include '/etc/passwd' %}": "no loader",
    "{% import 'x' as y %}": "no loader",
    "{% extends 'x' %}": "no loader",
    "{{ ''.__class__.__mro__ }}": "unsafe",
    "{{ '' | attr('__class__') }}": "unsafe",
    "{{ cycler.__init__.__globals__ }}": "unsafe",
    "{{ '{0.__class__}'.format(1) }}": "unsafe",
    "{{ " + "(" * 150 + "1" + ")" * 150 + " }}": "cannot be compiled: RecursionError",
    "{{ " + "not " * 5000 + "1 }}": "cannot be compiled: RecursionError",
    "{{ " + "+".join(["1"] * 200) + " }}": "more than 100 expressions inside one another",
    "{{ x" + ".x" * 5000 + " }}": "more than 100 expressions inside one another",
    "{{ " + "9" * 5000 + " }}": "cannot be compiled: ValueError",
    "{% for a in [1] %}" * 30 + "{% endfor %}" * 30: "cannot be compiled: SyntaxError",
    "x" * 200_000: "longer than 100,000 characters",
}


@pytest.mark.slow_after(12)
@pytest.mark.parametrize(("template", "message"), ATTACKS.items(), ids=range(len(ATTACKS)))
def test_a_hostile_template_is_one_message_within_seconds(template: str, message: str) -> None:
    start = time.monotonic()
    with pytest.raises(RequestError) as error:
        render(template, {"text": "a"})
    assert message in str(error.value)
    assert len(str(error.value)) < 2_000
    assert time.monotonic() - start < 30  # 10 s, and a busy machine


@in_one_test("template", ATTACKS)
def test_checking_a_hostile_template_ends_at_once(template: str) -> None:
    start = time.monotonic()
    with suppress(ValueError):
        well_formed(template)
    assert time.monotonic() - start < 10  # at once, on a busy machine


def test_computing_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(template_budget, "LONGEST_S", 0.0)
    with pytest.raises(RequestError, match="more than 0 s of computing"):
        render("{% for a in range(100) %}{{ a }}{% endfor %}", {})


def test_each_rendering_has_a_budget_of_its_own() -> None:
    for _ in range(30):
        assert len(render("{{ text ~ text }}", {"text": "x" * 500_000})) == 1_000_000


STRAIGHT = {
    "compared": "{% if a in b %}{% endif %}",
    "cut": "{% set c = a[1:] %}",
    "tested": "{% if a is in b %}{% endif %}",
    "listed": "{% set c = [a, b] %}",
}


@pytest.mark.slow_after(1)
@pytest.mark.parametrize("each", STRAIGHT.values(), ids=STRAIGHT)
def test_computing_without_a_loop_ends_when_its_time_is_over(each: str, monkeypatch: pytest.MonkeyPatch) -> None:
    template = BoundedEnvironment().from_string(each * 1_000)
    monkeypatch.setattr(template_budget, "LONGEST_S", 0.0)
    with pytest.raises(SecurityError, match="more than 0 s of computing"):
        template.render(a="x", b="y")


SLOW_CONSTANTS = {
    "filter": "{{ ('a' * 1000) | replace('a', 'b' * 4000) | METHOD | length }}",
    "literal": "{{ '" + "a " * 45_000 + "' | METHOD | length }}",
}


@pytest.mark.parametrize("template", SLOW_CONSTANTS.values(), ids=SLOW_CONSTANTS)
def test_constants_are_not_computed_when_a_template_is_compiled(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = BoundedEnvironment()
    environment.filters["slow"] = lambda _: pytest.fail("a filter was called")
    environment.from_string(template.replace("METHOD", "slow"))
    monkeypatch.setattr(template_budget, "step", lambda **_: pytest.fail("a step was taken"))
    BoundedEnvironment().from_string(template.replace("METHOD", "upper"))


VALUES = [
    *("text", 1, 2.5, True, None, [1, ["a"]], {"a": {"b": (1, None)}}, 2**300, float("nan")),
    *(dt.date(2020, 1, 2), Decimal("1.50"), np.float32(0.5), np.int64(3)),
]


@in_one_test("value", VALUES)
def test_values_of_data_are_put_out_as_jinja_does(value: Any) -> None:
    for template in ("{{ x }}", "{{ x | string }}", "{{ '%s' | format(x) }}", "{{ 'a' ~ x }}", "{{ '{}'.format(x) }}"):
        expected = ImmutableSandboxedEnvironment().from_string(template).render(x=value)
        assert BoundedEnvironment().from_string(template).render(x=value) == expected


def test_filters_tests_and_methods_are_those_of_jinja_and_python() -> None:
    assert set(DEFAULT_FILTERS) > FILTERS
    assert set(DEFAULT_TESTS) >= TESTS
    for kind, names in METHODS.items():
        assert all(hasattr(kind, name) for name in names - {"is_integer"})


TASKS = Path(lm_eval.__file__).parent / "tasks"


@pytest.mark.slow
def test_templates_of_lm_evaluation_harness_use_nothing_else() -> None:
    """Every template in a task file of the package is one that can be compiled."""
    environment = BoundedEnvironment()
    environment.filters["regex_replace"] = str.replace
    templates = {
        part
        for path in TASKS.rglob("*")
        if path.suffix in {".yaml", ".yml", ""} and path.is_file()
        for part in re.findall(r"\{\{.*?\}\}|\{% set .*?%\}", path.read_text(encoding="utf-8", errors="replace"))
    }
    assert len(templates) > 500
    refused = {}
    for template in templates:
        try:
            environment.from_string(template)
        except TemplateError as error:
            refused[template] = str(error)
    assert not {template: error for template, error in refused.items() if "cannot be used" in error}


HONEST: list[tuple[str, dict[str, Any]]] = [
    ("Review: {{ text }}\nSentiment:", {"text": "fine < good"}),
    ("{{ sentence | replace('[MASK]', word) }}", {"sentence": "a [MASK] b [MASK]", "word": "x"}),
    (
        "{% for c in question.choices if c.label == key %}{{ c.text }}{% endfor %}",
        {"question": {"choices": [{"label": "A", "text": "one"}, {"label": "B", "text": "two"}]}, "key": "B"},
    ),
    (
        "{% for c in choices %}{{ loop.index }}/{{ loop.length }}{{ loop.nextitem }}{% endfor %}",
        {"choices": ["a", "b"]},
    ),
    ("{{ ['a', 'b'][label] ~ '!' ~ label }}{{ choices | join(', ') }}", {"label": 1, "choices": ["x", 2, None]}),
    ("{{ text.strip().split(' ')[0] | upper }}{{ text[1:3] }}{{ '%5.2f|%s' % (1.234, text) }}", {"text": " ab cd "}),
    (
        "{{ '{:>5}|{a}'.format(1, a=2) }}{{ x | tojson }}{{ x | map(attribute='a') | list }}",
        {"x": [{"a": 1}, {"a": "é"}]},
    ),
    (
        "{% set ns = namespace(n=0) %}{% for a in x %}{% set ns.n = ns.n + a %}{% endfor %}{{ ns.n }} {{ x | sum }}",
        {"x": [1, 2]},
    ),
    (
        "{% macro m(a, b='z') %}<{{ a }}{{ b }}{{ caller() if caller }}>{% endmacro %}{% call m(2) %}c{% endcall %}",
        {},
    ),
    (
        "{% for a in t recursive %}{{ a.n }}{% if a.c %}({{ loop(a.c) }}){% endif %}{% endfor %}",
        {"t": [{"n": 1, "c": [{"n": 2}, {"n": 3}]}]},
    ),
    (
        "{{ d | dictsort }}{{ d.get('q', 'none') }}{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
        {"d": {"b": 1, "a": [2, {"c": 3}]}},
    ),
    (
        "{{ 2**10 }} {{ 7 // 2 }} {{ 7 % 4 }} {{ 1.5 * 2 }} {{ 'ab' * 3 }} {{ [1] * 2 + [3] }} {{ -1 }} {{ 2 ** -1 }}",
        {},
    ),
    ("{% autoescape true %}{{ (1 | string) ~ '<' }}{{ '<' }}{% endautoescape %}{{ '<' | e }}", {}),
    (
        "{{ x | batch(2, '-') | list }}{{ x | slice(2) | list }}{{ x | groupby('a') | list }}",
        {"x": [{"a": 1}, {"a": 2}]},
    ),
    (  # as chat templates are written
        (
            "{%- set ns = namespace(first=true) %}{%- for message in messages[::-1] %}"
            "{%- set index = (messages|length - 1) - loop.index0 %}"
            "{%- if ns.first and message.role == 'user' and message.content is string and not "
            "(message.content.startswith('<a>')) %}{%- set ns.first = false %}{{ index }}{%- endif %}{%- endfor %}"
            "{% for message in messages %}{{ message.content.split('</a>')[-1].lstrip('\n') | trim }}{% endfor %}"
            "{% set users = messages | selectattr('role', 'equalto', 'user') | list %}{{ users[-1] == messages[0] }}"
            "{{ messages[1:] | tojson }}{{ messages | map(attribute='content') | join('; ') | replace('\n', ' ') }}"
            "{% for key, value in messages[0].items() if key not in ['role'] %}{{ key ~ '=' ~ value }}{% endfor %}"
        ),
        {"messages": [{"role": "user", "content": "é\n<b> "}, {"role": "assistant", "content": "<a>x</a>\ny"}]},
    ),
    ("{{ none }}{{ true }}{{ x is defined }}{{ x is mapping }}{{ y }}", {"x": {}, "y": float("nan")}),
    ("a\n  {{ 'b\nc' | indent(4) }}{{ 'q' | center(9) }}{{ 'ab' | first }}{{ ['b', 'a'] | sort | last }}\n", {}),
]


@in_one_test("template, fields", HONEST)
def test_an_honest_template_makes_the_text_that_jinja_makes(template: str, fields: dict[str, Any]) -> None:
    options = {"undefined": StrictUndefined, "keep_trailing_newline": True}
    texts = []
    for environment in (ImmutableSandboxedEnvironment(**options), BoundedEnvironment(**options)):
        try:
            texts.append(environment.from_string(template).render(fields))
        except TemplateError as error:  # what is missing is missing in both
            texts.append(str(error))
    assert texts[0] == texts[1]
    assert "cannot" not in texts[1]


def test_filters_that_are_added_are_limited_too() -> None:
    environment = BoundedEnvironment()
    environment.filters["tojson"] = lambda value, indent=None: json.dumps(value, indent=indent)
    assert environment.from_string("{{ [1] | tojson }}").render() == "[1]"
    with pytest.raises(TemplateError, match=WIDE):
        environment.from_string("{{ x | tojson(indent=10**9) }}").render(x=[1])
