"""The task file of a user's own data, with comments."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from leaderboard.data.specification import FileFormat, Reading
from leaderboard.own_data.detection import Detection
from leaderboard.own_data.inspection import InspectedFile, Inspection
from leaderboard.own_data.prompts import prompt_choices, prompt_template
from leaderboard.own_data.yaml_flow import Value, flow
from leaderboard.visible_text import one_line

_METRICS = ("accuracy", "macro_f1", "mcc", "ece", "brier")


def task_yaml(name: str, inspection: Inspection, folder: Path) -> str:
    """Return the text of the task file.

    Args:
        name: name of the task.
        inspection: of the user's files.
        folder: folder of the task file, to which the paths of the data are relative.
    """
    main, test, plan = inspection.main, inspection.test, inspection.plan
    lines = [
        f"# Written by `leaderboard tasks init {one_line(main.name)}`; `tasks validate` checks changes.",
        f"name: {name}",
        "version: 1  # raise it when the meaning of the results changes",
        "axis: accuracy",
        "protocol: classification",
        f"description: {flow(f'Classes of the texts in {one_line(main.name)}.')}",
        f"language: {inspection.language}",
        "data:",
        "  overlap: drop  # rows of `train` that are also in a scored split are left out of training",
        f"  labels: {flow(main.classes.names)}",
        "  read:",
        *_comments(inspection.detections),
        *(f"    {line}" for line in reading_lines(main)),
        "  splits:",
    ]
    for number, (split, share) in enumerate(plan.shares.items()):
        source = f"&file {file_source(main, folder)}" if number == 0 else "*file"
        rows = f"{plan.counts[split].total():,} rows"
        lines += [f"    {split}:", f"      source: {source}", f"      share: {flow(share)}  # {rows}"]
    if test is not None:
        lines += [f"    test:  # {test.survey.usable:,} rows", f"      source: {file_source(test, folder)}"]
        lines += other_reading(test, main)
    worst = max(plan.majority, 1 / len(main.classes.names))
    lines += [
        "prompt:  # for models that continue text",
        f"  template: {flow(prompt_template(main.columns, inspection.language))}",
        f"  choices: {flow(prompt_choices(main.classes.names, inspection.language))}",
        f"metrics: {flow(_METRICS)}",
        "anchors:",
        f"  accuracy: {{worst: {worst:.4f}, best: 1.0}}  # worst: the largest class of `test`, or chance",
        "license: not stated (own data)",
        "citation: own data",
    ]
    return "\n".join(lines) + "\n"


def file_source(file: InspectedFile, folder: Path) -> str:
    """Return the source of a file in flow style, with its digest."""
    return flow(file.layout.file.written_source(folder))


def reading_lines(file: InspectedFile) -> list[str]:
    """Return the settings that read a file, one on a line, without defaults."""
    return [f"{key}: {flow(value)}" for key, value in _settings(file).items()]


def other_reading(file: InspectedFile, main: InspectedFile) -> Iterator[str]:
    """Yield the lines `read:` of a split of another file, where it is read differently from the main file."""
    if _settings(file) != _settings(main):
        yield "      read:"
        yield from (f"        {line}" for line in reading_lines(file))


def _settings(file: InspectedFile) -> dict[str, Value]:
    reading, classes = file.layout.reading, file.classes
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
    settings |= {"missing": "drop", "contradictions": "drop"}
    if reading.bad_rows is not Reading().bad_rows:
        settings["bad_rows"] = reading.bad_rows.value
    settings["fields"] = _fields(file)
    if classes.values:
        settings["label_values"] = dict(classes.values)
    if classes.ranges:
        settings["label_ranges"] = {name: [float(end) for end in span] for name, span in classes.ranges.items()}
    if classes.absent:
        settings["no_labels"] = sorted(classes.absent)
    return settings


def _fields(file: InspectedFile) -> Mapping[str, Value]:
    """Return the column of each field; a number where the file has no header."""
    by_number = not file.layout.reading.header
    return {field: int(column) if by_number else column for field, column in file.columns.fields.items()}


def _comments(detections: tuple[Detection, ...]) -> Iterator[str]:
    for each in detections:
        flag = f"; change with {each.flag}" if each.flag else ""
        yield f"    # {one_line(f'{each.feature}: {each.value} ({each.evidence}{flag})')}"
