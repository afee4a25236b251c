"""Selection of the subject of a page, and the cached data that its views read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from leaderboard.board import url_state
from leaderboard.board.cached_store import cached
from leaderboard.board.frames.observations import ObservationKind, kind_of
from leaderboard.board.frames.subject import newest
from leaderboard.board.subject_choice import require_subjects, subject_key, subject_options
from leaderboard.board.subject_options import SubjectOptions, UnresolvedSubjectError, identity_part
from leaderboard.board.translations import plain, text
from leaderboard.data.portions import Portion
from leaderboard.errors import RequestError
from leaderboard.reports.example_texts import Texts, texts_of
from leaderboard.store.frames import task_definitions
from leaderboard.store.records import StoredObservation, TaskRecord
from leaderboard.store.repository import Store
from leaderboard.store.results import SubjectResults, results_of
from leaderboard.store.subject_history import DeviceEvaluation, evaluations_of, last_observations
from leaderboard.store.suites import stored_catalogue

cached_results = cached(results_of)
cached_evaluations = cached(evaluations_of)
cached_definitions = cached(task_definitions)


@dataclass(frozen=True)
class Card:
    """One subject with the store that it is read from.

    Attributes:
        store: store of the subject.
        results: results on whole tasks.
        evaluated: all evaluations, also on portions, oldest first.
    """

    store: Store
    results: SubjectResults
    evaluated: Sequence[DeviceEvaluation]

    @property
    def portions(self) -> list[Portion]:
        """Portions of tasks that the subject was measured on."""
        measured = {each.evaluation.portion for each in self.evaluated}
        return [portion for portion in Portion if portion in measured]


def choose_subject(store: Store) -> Card:
    """Show the selection of a subject; a URL may also name one that was measured in a search alone."""
    options = _with_requested(store, subject_options(store))
    require_subjects(options)
    chosen = st.selectbox(
        text("subject.subject"),
        list(options.labels),
        format_func=options.labels.__getitem__,
        key=subject_key(options, stays=True),
    )
    return Card(store, cached_results(store, chosen), cached_evaluations(store, chosen))


def _with_requested(store: Store, options: SubjectOptions) -> SubjectOptions:
    """Return the options with the subject that the page shows or is asked for, if the store has it."""
    requested = st.query_params.get("subject") or st.session_state.get("subject")
    if not isinstance(requested, str) or not requested:
        return options
    try:
        options.read(requested)
    except UnresolvedSubjectError as error:
        if not error.candidates:
            try:
                results = cached_results(store, identity_part(requested))
            except RequestError:
                return options  # the selection reports it
            return options.with_subject(results.label, results.identity)
    return options


def choose_task(card: Card, kind: ObservationKind | None) -> tuple[str, DeviceEvaluation] | None:
    """Show the selection of a task with observations of some kind; None, with a message, if there is none.

    Args:
        card: card of the subject.
        kind: kind of observations; None for any.
    """
    evaluated = newest(card.evaluated)
    last_data = _last_observations(card.store, tuple(each.evaluation.identity for each in evaluated.values()))
    data_of_task = {
        name: last_data[each.evaluation.identity]
        for name, each in evaluated.items()
        if each.evaluation.identity in last_data
    }
    names = [name for name, data in data_of_task.items() if kind is None or kind_of(data) is kind]
    if not names:
        st.info(text(f"subject.nothing_kept.{kind or 'examples'}"))
        return None
    key = url_state.choice("task", names)
    name = st.selectbox(text("subject.task"), names, key=key) if len(names) > 1 else url_state.value(key)
    if len(names) == 1:
        st.caption(f"{text('subject.task')}: {plain(name)}")
    return name, evaluated[name]


def observations(store: Store, evaluation: str) -> list[StoredObservation]:
    """Return the observations of an evaluation, cached until the store changes."""
    return _observations(store, evaluation)


@st.cache_resource(max_entries=16, show_spinner=False)
def texts(identity: str, _task: TaskRecord, _store: Store) -> Texts:
    """Return the texts of a task, which are read once.

    Args:
        identity: identity of the task, which is the key of the cache.
    """
    del identity
    return texts_of(stored_catalogue(_store), _task)


def _read_last_observations(store: Store, evaluations: Sequence[str]) -> dict[str, Mapping[str, object]]:
    return {name: dict(data) for name, data in last_observations(store, evaluations).items()}


def _observations_of(store: Store, evaluation: str) -> list[StoredObservation]:
    return store.observations_of(evaluation)


_last_observations = cached(_read_last_observations)
_observations = cached(_observations_of)
