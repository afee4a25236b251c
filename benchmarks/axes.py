"""Every axis and task of packaged, fine-tuned and prompted models: metric, n, interval, seconds.

    LEADERBOARD_MIRROR=../shared/data python benchmarks/axes.py --folder FOLDER [SUBJECT...] [--seconds S]

Each step measures a subject on a task, as `leaderboard run` does, in one store in the folder. A step that is done is
not measured again; its seconds are in a record beside the store, summed over interruptions. Writes `axes.md` from the
store and the records, with what is not measured yet; without subjects, all are measured. `--page` measures nothing.
"""

import argparse
import json
import os
import re
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from axes_page import page
from axes_subjects import OWN_DATA, SUBJECTS, MeasuredSubject, MeasuredTask
from chinese_corpora import draw
from own_data import OTHER_ROWS, ROWS, built_in
from timed_commands import end_softly

from leaderboard import Leaderboard
from leaderboard.stats.estimate import Status

PAGE = Path(__file__).with_name("axes.md")


@dataclass(frozen=True)
class MeasuredStep:
    """A subject on a task and what it took.

    Attributes:
        subject: name of the subject.
        task: name of the task.
        limit: largest number of examples; None for all.
        wall_s: seconds that passed, summed over interruptions.
        cpu_s: seconds of processor time, of the process and its children.
        is_finished: whether it is measured.
        refusal: why it could not be measured; empty where it could.
        rows: estimates, as `results --format json` has them.
    """

    subject: str
    task: str
    limit: int | None
    wall_s: float = 0.0
    cpu_s: float = 0.0
    is_finished: bool = False
    refusal: str = ""
    rows: Sequence[Mapping[str, Any]] = ()


def record_file(folder: Path, subject: MeasuredSubject, task: MeasuredTask) -> Path:
    """Return the file of the record of a step."""
    name = re.sub(r"\W+", "_", f"{subject.name} {task.name} {task.limit} {subject.recipe}").lower()
    return folder / f"{name}.json"


def recorded(folder: Path, subject: MeasuredSubject, task: MeasuredTask) -> MeasuredStep:
    """Return the record of a step, or one of nothing."""
    file = record_file(folder, subject, task)
    return (
        MeasuredStep(**json.loads(file.read_text("utf-8")))
        if file.exists()
        else MeasuredStep(subject.name, task.name, task.limit)
    )


def measured(folder: Path, subject: MeasuredSubject, task: MeasuredTask) -> MeasuredStep:
    """Measure a step that is not finished, write its record and return it.

    Raises:
        KeyboardInterrupt: if it is interrupted; its seconds so far are recorded.
    """
    step = recorded(folder, subject, task)
    if step.is_finished:
        return step
    print(f"{subject.name}: {task.name}", flush=True)
    begin, cpu_begin = time.monotonic(), _cpu_seconds()
    try:
        step = replace(step, **_outcome(folder, subject, task))
        step = replace(step, is_finished=not any(row["status"] == Status.FAILED for row in step.rows))
    finally:
        wall, cpu = time.monotonic() - begin, _cpu_seconds() - cpu_begin
        step = replace(step, wall_s=step.wall_s + wall, cpu_s=step.cpu_s + cpu)
        record_file(folder, subject, task).write_text(json.dumps(asdict(step), ensure_ascii=False), encoding="utf-8")
    return step


def _outcome(folder: Path, subject: MeasuredSubject, task: MeasuredTask) -> dict[str, Any]:
    """Return the fields of a step that its measurement has: the rows, or the refusal."""
    board = Leaderboard(str(folder / "results.db"))
    recipe = None if subject.recipe is None else dict(subject.recipe)
    if task.name == OWN_DATA:
        path, other = folder / OWN_DATA, folder / "other.csv"
        draw(built_in("sst2", ("train", "nonmembers")), ROWS, path)
        draw(built_in("amazon", ("train", "nonmembers")), OTHER_ROWS, other)
        result = board.run(subject.model, data=path, ood=other, recipe=recipe, limit=task.limit, threads=1)
    else:
        result = board.run(subject.model, tasks=task.name, recipe=recipe, limit=task.limit, threads=1)
    rows = json.loads(result.frame.drop(columns="evaluated_at").to_json(orient="records"))
    return {"rows": rows, "refusal": "; ".join(str(each) for each in result.refused)}


def _cpu_seconds() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main() -> None:
    """Measure the named subjects, or all, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("subjects", nargs="*", help="names of subjects, as on the page; all by default")
    parser.add_argument("--folder", type=Path, required=True, help="folder of the store and the records")
    parser.add_argument("--seconds", type=int, default=0, help="time after which the work is interrupted; 0 for no end")
    parser.add_argument("--page", action="store_true", help="write the page from what is measured")
    options = parser.parse_args()
    by_name = {subject.name: subject for subject in SUBJECTS}
    if unknown := set(options.subjects) - set(by_name):
        raise SystemExit(f"unknown subjects {sorted(unknown)}; valid: {list(by_name)}")
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    end_softly()
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(options.seconds)
    chosen = [] if options.page else [by_name[name] for name in options.subjects or by_name]
    try:
        for subject in chosen:
            for task in subject.tasks:
                measured(folder, subject, task)
    except KeyboardInterrupt:
        print("the time is over; start the script again with the same --folder", flush=True)
    else:
        print("everything that was asked for is measured" if chosen else "nothing was measured", flush=True)
    signal.alarm(0)
    steps = [recorded(folder, subject, task) for subject in SUBJECTS for task in subject.tasks]
    PAGE.write_text(page([asdict(step) for step in steps]), encoding="utf-8")


if __name__ == "__main__":
    main()
