"""Messages of errors."""

from leaderboard.errors import unknown_name


def test_a_part_of_a_single_name_suggests_it() -> None:
    names = ["my-bert-tiny/probe(reviews)", "my-minilm/probe(reviews)"]
    assert "Did you mean 'my-minilm/probe(reviews)'?" in str(unknown_name("subject", "MiniLM", names))
    assert "Did you mean" not in str(unknown_name("subject", "probe", names))  # part of both
    assert "Did you mean" not in str(unknown_name("subject", "m", names))
