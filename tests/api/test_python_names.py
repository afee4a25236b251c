"""Messages name arguments in Python, and flags on the command line."""

import pytest
import typer

from leaderboard import Leaderboard
from leaderboard.api.python_names import FLAGS, python_text
from leaderboard.cli.main import app
from leaderboard.errors import LeaderboardError, RequestError
from leaderboard.front import command_line

ON_COMMAND_LINE_ONLY = frozenset(
    {"debug", "dry-run", "github", "install-completion", "json", "junit", "markdown", "png", "port", "sarif", "save"}
    | {"show-completion", "show-flips", "undo", "version", "yaml", "yes"}
)
COMMANDS = (
    "Measure a model first, for instance: leaderboard run --model m --suite demo",
    "Install it: pip install --force-reinstall x",
)


@pytest.mark.parametrize(
    ("message", "arguments", "expected"),
    [
        ("--task cannot be combined with --suite or --axis", {"tasks"}, "tasks cannot be combined with suite or axes"),
        ("with --recipe probe or --recipe finetune", {"recipe"}, 'with recipe="probe" or recipe="finetune"'),
        ("(--set recipe.labels.A=… --set 'recipe.labels.b c'=…)", (), None),
        ("Lower it: --set recipe.max_length=128", (), 'Lower it: recipe={"max_length": 128}'),
        ("Ask: --set recipe.by=text", (), 'Ask: recipe={"by": "text"}'),
        ("Replace it with --force, or", {"replace"}, "Replace it with replace=True, or"),
        ("--force replaces them", {"force"}, "force=True replaces them"),
        ("add --resume, or `leaderboard search x --json`", (), "add resume=True, or `leaderboard search x --json`"),
        *((each, (), each) for each in COMMANDS),
        ("--store sqlite:///a/b.db: is a folder", {"store"}, 'store="sqlite:///a/b.db": is a folder'),
        ("--weighted accuracy,bias --alpha 0.7", (), 'weighted="accuracy,bias" alpha=0.7'),
        ("add one with --task lm_eval:NAME", {"tasks"}, 'add one with tasks="lm_eval:NAME"'),
        ("add --trust-lm-eval-code (which", (), "add lm_eval=HarnessOptions(trust_code=True) (which"),
        ("trained on: --base REF", (), "trained on: adapter:FOLDER@BASE"),
        ("--label-names '0=no', or --no-label '0'", (), "label_names='0=no', or no_label='0'"),
        ("Without --encoding it is; --encoding gb18030", (), 'Without encoding it is; encoding="gb18030"'),
        ("measure it with --seed N.", (), "measure it with seed=N."),
        ("--where accuracy >= 3: no", {"where"}, "where accuracy >= 3: no"),
        ("--header / --no-header, or --no-header", (), "header, or header=False"),
        ("--lm-eval-path /a: no such folder", (), "HarnessOptions.path /a: no such folder"),
        ("a text of a user: --unknown", (), "a text of a user: --unknown"),
    ],
)  # fmt: skip
def test_a_flag_becomes_the_argument(message, arguments, expected):
    if expected is None:
        expected = '(recipe={"labels": {"A": …}} recipe={"labels": {"b c": …}})'
    assert python_text(message, arguments) == expected
    assert python_text(expected, arguments) == expected  # of a method that calls another


def _flags(command):
    for parameter in command.params:
        yield from (each[2:] for each in (*parameter.opts, *parameter.secondary_opts) if each.startswith("--"))
    for each in getattr(command, "commands", {}).values():
        yield from _flags(each)


def test_every_flag_is_known():
    assert set(_flags(typer.main.get_command(app))) == (FLAGS | ON_COMMAND_LINE_ONLY) - {"header / --no-header"}


def test_a_method_names_its_arguments_and_a_command_its_flags(tmp_path):
    board = Leaderboard(tmp_path / "store.db")
    with pytest.raises(RequestError, match=r"^tasks cannot be combined with suite or axes$"):
        board.run("m", suite="core", tasks="sst2")
    with command_line(), pytest.raises(RequestError, match=r"^--task cannot be combined with --suite or --axis$"):
        board.run("m", suite="core", tasks="sst2")


@pytest.mark.parametrize(
    "request_of",
    [
        lambda board: board.run("m", data="x.csv", tasks="sst2"),
        lambda board: board.run("m", text="review"),
        lambda board: board.run(("m", "n"), name="both"),
        lambda board: board.run("m", name="\n"),
        lambda board: board.run("m", seed=1, seeds=[2]),
        lambda board: board.run("m", device="abacus"),
        lambda board: board.run("m", recipe="missing.yaml"),
        lambda board: board.search("m", weighted="accuracy", alpha=0.5),
        lambda board: board.search("m", minimize="accuracy"),
        lambda board: board.search("m", pareto="accuracy,latency,bias,privacy"),
        lambda board: board.gate("missing.yaml"),
        lambda board: board.rank(weights=("accuracy=x",)),
        lambda board: board.deletion(),
        lambda board: Leaderboard("redis://x").results(),
        lambda board: Leaderboard("missing.db").refuse_missing_store(),
    ],
)
def test_no_message_of_a_method_speaks_of_flags(request_of, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LeaderboardError) as raised:
        request_of(Leaderboard(tmp_path / "store.db"))
    sentences = [part.partition("leaderboard ")[0] for part in str(raised.value).split("\n")]
    assert "--" not in "\n".join(sentences)
