"""Asked: which subject a page is about, and what every view of it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from leaderboard.board import address
from leaderboard.board.frames.seen import Kept, kept
from leaderboard.board.frames.subject import newest
from leaderboard.board.opening import remembered
from leaderboard.board.text import plain, text
from leaderboard.data.portions import Portion
from leaderboard.errors import RequestError
from leaderboard.reports.texts import Texts, texts_of
from leaderboard.store.frames import task_definitions
from leaderboard.store.lineage import Evaluated, evaluations_of, last_seen, subjects_shown
from leaderboard.store.records import StoredObservation, TaskRecord
from leaderboard.store.repository import Store
from leaderboard.store.results import SubjectResults, results_of
from leaderboard.tasks import default_catalogue

known_subjects = remembered(subjects_shown)
known_results = remembered(results_of)
known_evaluations = remembered(evaluations_of)
known_definitions = remembered(task_definitions)


@dataclass(frozen=True)
class Card:
    """One subject and where all about it is read.

    Attributes:
        store: it is in.
        results: on whole tasks.
        evaluated: all its evaluations, on portions too, oldest first.
    """

    store: Store
    results: SubjectResults
    evaluated: Sequence[Evaluated]

    @property
    def portions(self) -> list[Portion]:
        """What it was measured on."""
        met = {each.evaluation.portion for each in self.evaluated}
        return [portion for portion in Portion if portion in met]


def choose_subject(store: Store) -> Card:
    """Let the person choose a subject; one that the address names by the start of its identity is found too."""
    labels = list(known_subjects(store))
    asked = st.query_params.get("subject") or st.session_state.get("subject")
    if isinstance(asked, str) and asked and asked not in labels:
        try:
            label = known_results(store, asked).label
        except RequestError:
            label = ""  # the choice below says that it makes no sense
        if label:
            labels += [label] if label not in labels else []
            if "subject" in st.query_params and label != asked:
                st.query_params["subject"] = label
    chosen = st.selectbox(text("subject.subject"), labels, key=address.choice("subject", labels, stays=True))
    results = known_results(store, chosen)
    return Card(store, results, known_evaluations(store, results.identity))


def choose_task(card: Card, wanted: Kept | None) -> tuple[str, Evaluated] | None:
    """Let the person choose a task of which something of that kind was kept; None, with a word, where there is none.

    Args:
        card: of the subject.
        wanted: a kind; None for any.
    """
    known = newest(card.evaluated)
    last = _last_seen(card.store, tuple(each.evaluation.identity for each in known.values()))
    held = {name: last[each.evaluation.identity] for name, each in known.items() if each.evaluation.identity in last}
    names = [name for name, data in held.items() if wanted is None or kept(data) is wanted]
    if not names:
        st.info(text(f"subject.nothing_kept.{wanted or 'examples'}"))
        return None
    key = address.choice("task", names)
    name = st.selectbox(text("subject.task"), names, key=key) if len(names) > 1 else address.value(key)
    if len(names) == 1:
        st.caption(f"{text('subject.task')}: {plain(name)}")
    return name, known[name]


def observations(store: Store, evaluation: str) -> list[StoredObservation]:
    """What was seen in an evaluation, kept until somebody writes to the store."""
    return _observations(store, evaluation)


@st.cache_resource(max_entries=16, show_spinner=False)
def texts(identity: str, _task: TaskRecord) -> Texts:
    """The texts of a task, read once.

    Args:
        identity: of the task.
    """
    del identity
    return texts_of(default_catalogue(), _task)


def _last(store: Store, evaluations: Sequence[str]) -> dict[str, Mapping[str, object]]:
    return {name: dict(data) for name, data in last_seen(store, evaluations).items()}


def _seen(store: Store, evaluation: str) -> list[StoredObservation]:
    return store.observations_of(evaluation)


_last_seen = remembered(_last)
_observations = remembered(_seen)
