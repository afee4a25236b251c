"""Task files of lm-evaluation-harness, up to the point where data would be loaded."""

from pathlib import Path

from leaderboard.axes.harness.parameters import HarnessParameters
from leaderboard.errors import RequestError
from tests.fuzz.mutation import mutated_yaml
from tests.fuzz.target import Target

_TASKS = (
    (
        b"task: x\ndataset_path: json\ndataset_kwargs: {data_files: {test: rows.jsonl}}\noutput_type: multiple_choice\n"
        b"doc_to_text: '{{text}}'\ndoc_to_choice: [a, b]\ndoc_to_target: label\nmetric_list: [{metric: acc}]\n"
    ),
    (
        b"task: x\ninclude: base.yaml\ntag: [y]\noutput_type: generate_until\ngeneration_kwargs: {until: ['.']}\n"
        b"filter_list: [{name: n, filter: [{function: regex, regex_pattern: '(a)'}, {function: take_first}]}]\n"
    ),
    (
        b"group: x\ntask:\n  - task: y\n    doc_to_text: !function code.f\n  - group: z\n    task: [y]\n"
        b"aggregate_metric_list: [{metric: acc, weight_by_size: true}]\n"
    ),
    b"task: x\nuse_prompt: promptsource:*\nmetric_list:\n  - {metric: exact_match, hf_evaluate: true}\n",
)


def _read_file(data: bytes, folder: Path) -> None:
    from leaderboard.axes.harness import tasks  # slow to import
    from leaderboard.axes.harness.trust import check_readable, check_runs_no_code

    own = folder / "tasks"
    own.mkdir(exist_ok=True)
    (own / "base.yaml").write_bytes(b"dataset_path: json\n")
    (own / "x.yaml").write_bytes(data)
    # All names of the package, for a group that names one of them, take ten seconds each time.
    tasks._full_index = lambda folder: tasks._index(folder, packaged=False)
    parameters = HarnessParameters(task="x", path=str(own))
    try:
        tasks.expand_tag(parameters)
    except RequestError:
        check_readable(own)
        raise
    check_runs_no_code(
        "x", tasks._manager_for(parameters).task_index, own.resolve(), where="lm_eval:x"
    )  # as `load_tasks` does


TARGETS = (
    Target(
        name="lm-eval task files",
        inputs=500,
        seeds=lambda: _TASKS,
        change=mutated_yaml,
        read=_read_file,
    ),
)
