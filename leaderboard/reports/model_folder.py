"""Model folders: a subject's weights as an ordinary `transformers` folder with a model card."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leaderboard.backends.kind import ModelKind
from leaderboard.backends.local.models.alteration import Alteration
from leaderboard.backends.local.models.code_settings import is_plain_name
from leaderboard.backends.local.models.model_files import folder_files, kind_of, read_config
from leaderboard.backends.local.models.own_parts import own_parts
from leaderboard.backends.local.models.private_folder import private_folder
from leaderboard.cache.prepared_subjects import find_folder
from leaderboard.cache.subject_folders import read_record
from leaderboard.errors import RequestError
from leaderboard.escapes import shell
from leaderboard.mitigations.stages import WeightMitigation
from leaderboard.recipes.choosing import stored_recipe
from leaderboard.recipes.registry import recipes
from leaderboard.reports.model_card import PIPELINES, model_card
from leaderboard.settings import cache_folder
from leaderboard.store.frames import estimates_frame, task_definitions
from leaderboard.store.repository import Store
from leaderboard.store.stored_subject import StoredSubject, stored_subject
from leaderboard.tasks import default_catalogue

_README = "README.md"


def export_model(store: Store, name: str, target: Path) -> StoredSubject:
    """Write a subject's weights, configuration, tokenizer and card into a folder, all of them or none.

    Args:
        store: store in which the subject was measured.
        name: name or label of the subject, or the start of either or of its identity.
        target: a folder that does not exist yet, or is empty.

    Raises:
        RequestError: for an unknown subject, one without weights of its own, one whose weights are not in the cache,
            or a target that is taken.
    """
    _check_target(target)
    subject = stored_subject(store, name)
    _check_exportable(subject)
    folder = find_folder(subject.identity)
    if folder is None:
        raise RequestError(
            f"'{subject.label}': its weights are not in the cache here: they were pruned, or made elsewhere\n"
            f"  Make them again, then export: {_command(subject)}"
        )
    with _replacing(target) as fresh:
        _write_model(subject, folder, fresh)
        (fresh / _README).write_text(_card(store, subject, fresh), encoding="utf-8")
    return subject


def _check_target(target: Path) -> None:
    if target.resolve().is_relative_to(cache_folder().resolve()):
        raise RequestError(f"{target}: is inside the cache, which is pruned\n  Name a folder of your own.")
    if target.is_dir() and not any(target.iterdir()):
        return
    if target.exists() or target.is_symlink():
        raise RequestError(f"{target}: is there already\n  Name a folder that does not exist yet, or is empty.")


def _check_exportable(subject: StoredSubject) -> None:
    details, place = subject.recipe.details, f"the recipe of '{subject.label}'"
    if reason := recipes.get(subject.recipe.name, where=place).without_weights:
        explanation = reason.format(source=subject.model.source)
        raise RequestError(
            f"'{subject.label}' has no weights of its own to export: {explanation}\n"
            f"  Train some: leaderboard run --model {shell(subject.model.source)} --recipe finetune"
        )
    for change in stored_recipe(details, where=place).mitigations(WeightMitigation):
        if not change.kept_in_files:
            setting = change.switch()
            value, off = (details.get(setting), type(change).model_fields[setting].default)
            raise RequestError(
                f"'{subject.label}' was measured with {value} weights, which are made when a model is loaded and "
                "have no form in a `transformers` folder\n"
                f"  Export the same recipe without them: --set recipe.{setting}={off} makes it another row."
            )


def _command(subject: StoredSubject) -> str:
    """Return the command that makes the subject again, into a store of its own."""
    arguments = dict(subject.arguments)
    recipe = arguments.pop("recipe", None)
    settings = dict(recipe) if isinstance(recipe, Mapping) else {"recipe": recipe}
    flags = {
        **arguments,
        "model": subject.model.source,
        "dtype": subject.model.dtype,
        "recipe": settings.pop("recipe", None) or subject.recipe.name,
    }
    flags |= {"set": [f"recipe.{key}={value}" for key, value in _flat(settings)], "store": "sqlite:///again.db"}
    words = [word for name, value in flags.items() for word in _words(f"--{name.replace('_', '-')}", value)]
    return shell(["leaderboard", "run", *words])


def _words(flag: str, value: Any) -> list[str]:
    if value is None or value is False:
        return []
    if value is True:
        return [flag]
    return [word for each in (value if isinstance(value, list) else [value]) for word in (flag, str(each))]


def _flat(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield nested settings as `--set` takes them."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{inner}", text) for inner, text in _flat(value))
        else:
            yield key, value if isinstance(value, str) else json.dumps(value)


@contextmanager
def _replacing(target: Path) -> Iterator[Path]:
    """Yield a folder next to the target that replaces it if the block succeeds, and is removed if not."""
    target = Path(os.path.abspath(target))  # noqa: PTH100 - a link stays a link: its place is what is replaced
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        fresh = scratch / target.name
        fresh.mkdir()
        yield fresh
        if target.exists():
            target.rmdir()
        fresh.replace(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_model(subject: StoredSubject, folder: Path, fresh: Path) -> None:
    recipe = stored_recipe(subject.recipe.details, where=f"the recipe of '{subject.label}'")
    alteration = Alteration(recipe.mitigations(WeightMitigation))
    for name in read_record(folder)["files"]:  # what was checked; nothing else that lies in the folder
        if is_plain_name(name):
            shutil.copyfile(folder / name, fresh / name)
    if parts := own_parts(read_config(fresh)):
        raise RequestError(
            f"'{subject.label}' has {' and '.join(parts)}, which `transformers` does not read: the folder would answer "
            "otherwise elsewhere\n  Train it by another method (--set recipe.method=lora), or on a model without them."
        )
    if alteration:
        from leaderboard.backends.local.models.altered_model import alter_module  # noqa: PLC0415 - slow to import
        from leaderboard.backends.local.models.model_classes import CLASSES  # noqa: PLC0415
        from leaderboard.backends.local.models.pretrained import load_module  # noqa: PLC0415
        from leaderboard.backends.local.models.transformers_logs import quietly  # noqa: PLC0415

        with quietly():
            with private_folder(fresh, folder_files(fresh)) as private:
                module, _ = load_module(CLASSES[_kind(fresh)], private)
            alter_module(module, alteration)
            module.save_pretrained(fresh)


def _kind(folder: Path) -> ModelKind:
    kind = kind_of(read_config(folder), str(folder))
    if kind not in PIPELINES:
        raise RequestError(f"{folder}: holds a {kind} model, which has no head for a task to be exported with")
    return kind


def _card(store: Store, subject: StoredSubject, folder: Path) -> str:
    bundled = {name: task.model_dump(mode="json") for name, task in default_catalogue().tasks.items()}
    label_names = read_config(folder).get("id2label") or {}
    kind = _kind(folder)
    labels = [] if kind is ModelKind.CHOOSER else [str(label_names[number]) for number in sorted(label_names, key=int)]
    estimates = estimates_frame(store, evaluations=subject.evaluations)
    return model_card(subject, estimates, {**bundled, **task_definitions(store)}, kind, labels)
