import pytest

from leaderboard.backends.local.chat import DATE, LocalChat

TALK = [{"role": "user", "content": "What day is it?"}]


@pytest.mark.parametrize(
    ("template", "prompt"),
    [
        ("{{ strftime_now('%d %B %Y') }}: {{ messages[0].content }}", "26 July 2024: What day is it?"),
        ("{% if strftime_now is defined %}{{ strftime_now('%Y-%m-%d') }}{% endif %}", DATE.isoformat()),
    ],
)
def test_a_prompt_is_the_same_on_every_day(template, prompt, causal, monkeypatch):
    monkeypatch.setattr(causal.tokenizer, "chat_template", template)
    assert LocalChat(causal).render(TALK) == prompt
