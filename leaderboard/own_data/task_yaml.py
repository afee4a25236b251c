"""The task file of a user's own data, with comments."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from leaderboard.data.specification import FileFormat, Reading
from leaderboard.own_data.detection import Detection
from leaderboard.own_data.inspected import InspectedFile, Inspection
from leaderboard.own_data.split_plan import SplitPlan
from leaderboard.own_data.yaml_flow import Value, flow
from leaderboard.visible_text import one_line


def task_yaml(name: str, inspection: Inspection, folder: Path) -> str:
    """Return the text of the task file.

    Args:
        name: name of the task.
        inspection: of the user's files.
        folder: folder of the task file, to which the paths of the data are relative.
    """
    main, test, form = inspection.main, inspection.test, inspection.form
    lines = [
        f"# Written by `leaderboard tasks init {one_line(main.layout.file.name)}`; `tasks validate` checks changes.",
        f"name: {name}",
        "version: 1  # raise it when the meaning of the results changes",
        "axis: accuracy",
        f"protocol: {form.protocol}",
        f"description: {flow(form.description)}",
        f"language: {inspection.language}",
        "data:",
        "  overlap: drop  # rows of `train` that are also in a scored split are left out of training",
        *([f"  labels: {flow(form.labels)}"] if form.labels else []),
        "  read:",
        *_comments(inspection.detections),
        *(f"    {line}" for line in reading_lines(main)),
        "  splits:",
    ]
    for number, split in enumerate(inspection.plan.shares):
        source = f"&file {file_source(main, folder)}" if number == 0 else "*file"
        lines += [f"    {split}:  # {inspection.plan.rows[split]:,} rows", f"      source: {source}"]
        lines += split_rows(split, inspection.plan)
    if test is not None:
        lines += [f"    test:  # {test.survey.usable:,} rows", f"      source: {file_source(test, folder)}"]
        lines += other_reading(test, main)
    lines += [
        *form.wording,
        f"metrics: {flow(form.metrics)}",
        *form.anchors,
        "license: not stated (own data)",
        "citation: own data",
    ]
    return "\n".join(lines) + "\n"


def split_rows(split: str, plan: SplitPlan) -> Iterator[str]:
    """Yield the lines that choose the rows of a split among those of its file."""
    if split in plan.only:
        yield f"      only: {flow(plan.only[split])}"
    if plan.shares[split] != (0.0, 1.0):
        yield f"      share: {flow(plan.shares[split])}"


def file_source(file: InspectedFile, folder: Path) -> str:
    """Return the source of a file in flow style, with its digest."""
    return flow(file.layout.file.written_source(folder))


def reading_lines(file: InspectedFile, further: Mapping[str, str] | None = None) -> list[str]:
    """Return the settings that read a file, one on a line, without defaults.

    Args:
        file: the file.
        further: fields beside those of its task, each with its column.
    """
    return [f"{key}: {flow(value)}" for key, value in _settings(file, further or {}).items()]


def other_reading(file: InspectedFile, main: InspectedFile) -> Iterator[str]:
    """Yield the lines `read:` of a split of another file, where it is read differently from the main file."""
    if _settings(file, {}) != _settings(main, {}):
        yield "      read:"
        yield from (f"        {line}" for line in reading_lines(file))


def _settings(file: InspectedFile, further: Mapping[str, str]) -> dict[str, Value]:
    reading = file.layout.reading
    settings: dict[str, Value] = {}
    if reading.format is FileFormat.DELIMITED:
        settings |= {"delimiter": reading.delimiter, "header": reading.header}
        if reading.quotes is not None:
            settings["quotes"] = reading.quotes.value
    else:
        settings["format"] = reading.format.value
        if not reading.header:
            settings["header"] = False
    if reading.sheet is not None:
        settings["sheet"] = reading.sheet
    if reading.encoding != Reading().encoding:
        settings["encoding"] = reading.encoding
    if reading.format is not FileFormat.CONLL:
        settings |= {"missing": "drop"} | ({"contradictions": "drop"} if "label" in file.columns.fields else {})
    if reading.bad_rows is not Reading().bad_rows:
        settings["bad_rows"] = reading.bad_rows.value
    return {**settings, "fields": _fields(file, further), **file.classes.settings}


def _fields(file: InspectedFile, further: Mapping[str, str]) -> Mapping[str, Value]:
    """Return the column of each field; a number where the file has no header."""
    fields = {**file.columns.fields, **further}
    if file.layout.reading.header:
        return fields
    return {field: int(place) if isinstance(place, str) else place for field, place in fields.items()}


def _comments(detections: tuple[Detection, ...]) -> Iterator[str]:
    for each in detections:
        flag = f"; change with {each.flag}" if each.flag else ""
        yield f"    # {one_line(f'{each.feature}: {each.value} ({each.evidence}{flag})')}"
