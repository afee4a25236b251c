"""Calls of libraries that may run code: each in the package says that it must not, or is none."""

import ast
from collections.abc import Iterator
from pathlib import Path

import leaderboard
from tests.in_one_test import in_one_test

PACKAGE = Path(leaderboard.__file__).parent
ROOTS = [PACKAGE, PACKAGE.parent / "app"]
LOADERS = frozenset({"from_pretrained", "pipeline", "load_dataset", "load_metric"})
"""Functions of transformers, datasets, peft and lm-eval that load what a name or folder stands for."""
ONLY_IN = {"from_pretrained": {"backends/local/models/pretrained.py"}}
FORBIDDEN = frozenset(
    {
        *(
            "torch.load",
            "torch.hub.load",
            "torch.jit.load",
            "torch.export.load",
            "joblib.load",
            "dill.load",
            "dill.loads",
        ),
        *("pickle.load", "pickle.loads", "pickle.Unpickler", "marshal.load", "marshal.loads", "shelve.open"),
        *("yaml.load_all", "yaml.unsafe_load", "yaml.full_load", "pandas.read_pickle", "pd.read_pickle"),
        *("evaluate.load", "datasets.load_from_disk", "AutoModel.from_config", "AutoConfig.register"),
        *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "runpy.run_path", "runpy.run_module"),
        *("get_class_from_dynamic_module", "importlib.util.spec_from_file_location"),
    }
)


def _calls(source: str) -> Iterator[tuple[ast.Call, str]]:
    """Each call and the dotted name of what is called; of a method on anything else, its own name behind a dot."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield node, _dotted(node.func)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{_dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def _faults(source: str, place: str = "some.py") -> list[str]:
    faults = []
    for call, name in _calls(source):
        keywords = {each.arg: each.value for each in call.keywords}
        last = name.rpartition(".")[2]
        if name in FORBIDDEN or (last == "load" and name.startswith(("np.", "numpy.")) and "allow_pickle" in keywords):
            faults.append(f"{place}:{call.lineno}: {name}")
        if last in LOADERS:
            trust = keywords.get("trust_remote_code")
            if not (isinstance(trust, ast.Constant) and trust.value is False):
                faults.append(f"{place}:{call.lineno}: {name} without trust_remote_code=False")
            if last in ONLY_IN and place not in ONLY_IN[last]:
                faults.append(f"{place}:{call.lineno}: {name} outside of {ONLY_IN[last]}")
    return faults


def test_no_call_of_the_package_may_run_code_of_a_model_or_data_set() -> None:
    files = [path for root in ROOTS for path in sorted(root.rglob("*.py"))]
    assert len(files) > 300
    places = {
        path: path.relative_to(PACKAGE if path.is_relative_to(PACKAGE) else PACKAGE.parent).as_posix() for path in files
    }
    assert [fault for path in files for fault in _faults(path.read_text(encoding="utf-8"), places[path])] == []


@in_one_test(
    "source",
    [
        "AutoTokenizer.from_pretrained(folder)",
        "AutoTokenizer.from_pretrained(folder, trust_remote_code=True)",
        "AutoTokenizer.from_pretrained(folder, trust_remote_code=trust)",
        "CLASSES[kind].from_pretrained(folder, use_safetensors=True)",
        "AutoModel.from_pretrained(folder, trust_remote_code=False)",  # not where the others are
        "transformers.pipeline('text-classification', model=name)",
        "load_dataset(name)",
        "datasets.load_dataset(name, trust_remote_code=True)",
        "evaluate.load('accuracy')",
        "torch.load(path, weights_only=True)",
        "pickle.loads(data)",
        "eval(text)",
        "np.load(path, allow_pickle=True)",
    ],
)
def test_a_call_that_may_run_code_is_seen(source: str) -> None:
    assert len(_faults(source)) > 0


def test_a_call_that_may_not_is_let_through() -> None:
    assert (
        _faults("model_class.from_pretrained(folder, trust_remote_code=False)", "backends/local/models/pretrained.py")
        == []
    )
    assert _faults("yaml.safe_load(text); re.compile(text); module.eval(); np.load(path)") == []
