import pytest

from leaderboard.data.template import render, well_formed
from leaderboard.errors import RequestError


def test_fields_are_filled_in_as_they_are():
    assert render("{{ text }}\n<{{ row['a b'] }}>", {"text": "<b>", "row": {"a b": 1}}) == "<b>\n<1>"


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ txt }}", "'txt' is undefined"),
        ("{{ text.__class__.__mro__ }}", "is unsafe"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ text + 1 }}", "can only concatenate"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", "Range too big"),
        ("{{ text", "unexpected end of template"),
    ],
)
def test_what_a_template_cannot_do_is_told_with_what_it_can_use(template, message):
    with pytest.raises(RequestError, match=message) as caught:
        render(template, {"text": "a", "label": 1})
    assert "Fields it can use: text, label" in str(caught.value)


def test_a_broken_template_is_found_without_any_fields():
    assert well_formed("{{ anything }}") == "{{ anything }}"
    with pytest.raises(ValueError, match="unexpected end of template"):
        well_formed("{{ anything")
