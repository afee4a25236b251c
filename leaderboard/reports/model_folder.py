"""Model folder: a subject's weights as an ordinary `transformers` folder with a model card."""

import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leaderboard.errors import RequestError
from leaderboard.models.files import kind_of, read_config
from leaderboard.models.loaded import ModelKind
from leaderboard.recipes.names import RecipeName
from leaderboard.recipes.prepared import folder_of
from leaderboard.recipes.shelf import RECORD
from leaderboard.reports.card import PIPELINES, model_card
from leaderboard.settings import cache_folder
from leaderboard.store.described import StoredSubject, stored_subject
from leaderboard.store.frames import estimates_frame, task_definitions
from leaderboard.store.repository import Store
from leaderboard.tasks import default_catalogue

_UNCHANGED = "its weights are those of {source}, since nothing was trained"
_WITHOUT_WEIGHTS = {
    RecipeName.ZERO_SHOT: _UNCHANGED,
    RecipeName.FEW_SHOT: _UNCHANGED,
    RecipeName.AS_IS: _UNCHANGED,
    RecipeName.PROBE: "its body is that of {source}, and its head, which reads mean hidden states, fits no class of "
    "`transformers`",
    RecipeName.ENSEMBLE: "it is several models that answer together, and a folder holds one",
}
_README = "README.md"


def export_model(store: Store, asked: str, target: Path) -> StoredSubject:
    """Write a subject's weights, configuration, tokenizer and card into a folder: all of it or nothing.

    Args:
        store: that the subject was measured in.
        asked: its name, label, or the start of either or of its identity.
        target: a folder that does not exist yet, or is empty.

    Raises:
        RequestError: for an unknown subject, one without weights of its own, one whose weights are not in the cache,
            or a target that is taken.
    """
    _check_target(target)
    subject = stored_subject(store, asked)
    _check_exportable(subject)
    folder = folder_of(subject.identity)
    if folder is None:
        raise RequestError(
            f"'{subject.label}': its weights are not in the cache here: they were pruned, or made elsewhere\n"
            f"  Make them again, then export: {_command(subject)}"
        )
    with _whole(target) as fresh:
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
    name, details = subject.recipe.name, subject.recipe.details
    if name in _WITHOUT_WEIGHTS:
        why = _WITHOUT_WEIGHTS[RecipeName(name)].format(source=subject.model.source)
        raise RequestError(
            f"'{subject.label}' has no weights of its own to export: {why}\n"
            f"  Train some: leaderboard run --model {shlex.quote(subject.model.source)} --recipe finetune"
        )
    quantise = details.get("quantise", "none")
    if quantise != "none":
        raise RequestError(
            f"'{subject.label}' was measured with {quantise} weights, which are made when a model is loaded and "
            "have no form in a `transformers` folder\n"
            "  Export the same recipe without them: --set recipe.quantise=none makes it another row."
        )


def _command(subject: StoredSubject) -> str:
    """The call that made the subject, into a store of its own: what this one holds is not done again."""
    said = dict(subject.arguments)
    recipe = said.pop("recipe", None)
    settings = dict(recipe) if isinstance(recipe, Mapping) else {"recipe": recipe}
    flags = {
        **said,
        "model": subject.model.source,
        "dtype": subject.model.dtype,
        "recipe": settings.pop("recipe", None) or subject.recipe.name,
    }
    flags |= {"set": [f"recipe.{key}={value}" for key, value in _flat(settings)], "store": "sqlite:///again.db"}
    words = [word for name, value in flags.items() for word in _words(f"--{name.replace('_', '-')}", value)]
    return shlex.join(["leaderboard", "run", *words])


def _words(flag: str, value: Any) -> list[str]:
    if value is None or value is False:
        return []
    if value is True:
        return [flag]
    return [word for each in (value if isinstance(value, list) else [value]) for word in (flag, str(each))]


def _flat(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Nested settings as `--set` takes them."""
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{inner}", text) for inner, text in _flat(value))
        else:
            yield key, value if isinstance(value, str) else json.dumps(value)


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A folder beside the target that takes its place when the block ends well, and vanishes when not."""
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
    from leaderboard.models.alteration import Alteration  # noqa: PLC0415 - as below

    details = subject.recipe.details
    alteration = Alteration(drop_layers=int(details.get("drop_layers", 0)), prune=float(details.get("prune", 0.0)))
    for path in folder.iterdir():
        if path.name != RECORD:
            shutil.copyfile(path, fresh / path.name)
    if alteration:
        from leaderboard.models.altering import alter_module  # noqa: PLC0415 - slow to import
        from leaderboard.models.loading import CLASSES  # noqa: PLC0415
        from leaderboard.models.quiet import quietly  # noqa: PLC0415

        with quietly():
            module = CLASSES[_kind(fresh)].from_pretrained(fresh, local_files_only=True, use_safetensors=True)
            alter_module(module, alteration)
            module.save_pretrained(fresh)


def _kind(folder: Path) -> ModelKind:
    kind = kind_of(read_config(folder), str(folder))
    if kind not in PIPELINES:
        raise RequestError(f"{folder}: holds a {kind} model, which has no head for a task to be exported with")
    return kind


def _card(store: Store, subject: StoredSubject, folder: Path) -> str:
    bundled = {name: task.model_dump(mode="json") for name, task in default_catalogue().tasks.items()}
    named = read_config(folder).get("id2label") or {}
    kind = _kind(folder)
    labels = [] if kind is ModelKind.CHOOSER else [str(named[number]) for number in sorted(named, key=int)]
    estimates = estimates_frame(store, evaluations=subject.evaluations)
    return model_card(subject, estimates, {**bundled, **task_definitions(store)}, kind, labels)
