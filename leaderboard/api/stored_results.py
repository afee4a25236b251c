"""The results of a store as frames, rankings, comparisons and exports."""

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Self

from leaderboard.api.arguments import Names, as_axes, as_member, as_switch, as_words
from leaderboard.api.python_names import with_python_names
from leaderboard.axes.axis import Axis
from leaderboard.ranking.methods.method import Intervals, Method
from leaderboard.reports.export_formats import ExportFormat
from leaderboard.store.handle import StoreHandle, StoreState

if TYPE_CHECKING:
    import pandas as pd

    from leaderboard.api.health import Finding
    from leaderboard.reports.class_report import ClassReport
    from leaderboard.reports.exports import Export
    from leaderboard.reports.notebook import ComparisonReport, Observations, RankingReport
    from leaderboard.store.results import SubjectResults
    from leaderboard.tasks import Catalogue


@with_python_names
class StoredResults:
    """The results of one store. Reading does not create a store: without one, frames are empty.

    An invalid request raises `leaderboard.errors.RequestError` with a message for people.
    """

    def __init__(
        self,
        store: str | PathLike[str] | None = None,
        *,
        catalogue: "Callable[[], Catalogue] | None" = None,
    ) -> None:
        """Set the store; it is not opened yet.

        Args:
            store: path of an SQLite file, or an SQLAlchemy URL; None for `LEADERBOARD_STORE`, else
                `results/leaderboard.db` in the working directory.
            catalogue: returns the catalogue of tasks and suites for each call; None for the built-in tasks.
        """
        self._store = StoreHandle(store)
        self._make_catalogue = catalogue

    @property
    def url(self) -> str:
        """Path or URL of the store."""
        return self._store.url

    @property
    def shown(self) -> str:
        """URL of the store without its password, for messages."""
        return self._store.shown

    @property
    def absolute(self) -> str:
        """Path or URL of the store for a process in another folder."""
        return self._store.absolute

    @property
    def state(self) -> StoreState:
        """State of the store."""
        return self._store.state

    @property
    def empty_because(self) -> str:
        """Why the store has nothing to read, and what to do; empty if it has something."""
        return self._store.empty_because

    def refuse_missing_store(self) -> None:
        """Refuse a store that was named and is not there, which reading takes for an empty one.

        Raises:
            RequestError: saying what to do.
        """
        self._store.refuse_missing()

    def results(
        self,
        *,
        models: Names = (),
        subjects: Names = (),
        suites: Names = (),
        tasks: Names = (),
        axes: str | Iterable[str] = (),
        metrics: Names = (),
        merge_seeds: bool = False,
    ) -> "pd.DataFrame":
        """Return one row for each estimate, with its 95 % interval; each argument selects rows.

        With `merge_seeds`, subjects that differ by seed alone have one row: the mean over seeds, the variance between
        seeds in its interval, and the columns `seeds` and `seed_sd` (standard deviation between seeds).

        Raises:
            RequestError: for a name that the store does not have.
        """
        from leaderboard.ranking.suites import in_suites, stored_tables
        from leaderboard.store.frames import empty_estimates, estimates_frame
        from leaderboard.store.subjects import labels_called

        store = self._store.existing()
        if store is None:
            return empty_estimates()
        frame = empty_estimates()
        if self.state is StoreState.FILLED:
            frame = estimates_frame(
                store,
                models=as_words(models),
                axes=as_axes(axes),
                tasks=as_words(tasks),
                metrics=as_words(metrics),
            )
        if names := as_words(suites):
            frame = in_suites(frame, stored_tables(store, frame, names))
        if as_switch(merge_seeds, "merge_seeds"):
            from leaderboard.seeds.frames import frame_over_seeds
            from leaderboard.seeds.groups import find_group, seed_groups

            groups = seed_groups(store)
            frame = frame_over_seeds(store, frame, groups)
            labels = [find_group(groups, name).label for name in as_words(subjects)]
            return frame[frame["subject"].isin(labels)].reset_index(drop=True) if labels else frame
        if names := as_words(subjects):
            with store.reading() as session:
                frame = frame[frame["subject"].isin(labels_called(session, names))].reset_index(drop=True)
        return frame

    def observations(self, subject: str, task: str) -> "Observations":
        """Return the per-example observations of the newest evaluation of a subject on a task.

        Raises:
            RequestError: for a name that the store does not have.
        """
        from leaderboard.reports.notebook import Observations

        return Observations(tuple(self._store.filled().observations(subject, task)))

    def rank(
        self,
        *,
        suites: Names = (),
        tasks: Names = (),
        subjects: Names = (),
        weights: Mapping[Axis, float] | Mapping[str, float] | Iterable[str] = (),
        method: str = Method.WEIGHTED,
        where: str | Iterable[str] = (),
        intervals: str = Intervals.NONE,
        merge_seeds: bool = False,
    ) -> "RankingReport":
        """Return the subjects of each suite in order of their axes' utilities on fixed anchors.

        Args:
            suites: only these suites.
            tasks: rank by these tasks, in one table.
            subjects: only these subjects.
            weights: weights by axis, 1 for others: `{"bias": 3}`, or "bias=3".
            method: ranking method; `leaderboard rank --help` explains each.
            where: conditions that subjects must meet, such as "privacy.leak_auc <= 0.55".
            intervals: "weights" for ranks under random weights, "examples" for ranks on other examples.
            merge_seeds: rank subjects that differ by seed alone as one, by its mean over seeds.

        Raises:
            RequestError: for a name that the store does not have, or an invalid weight or condition.
        """
        from leaderboard.ranking.ranking import RankingRequest, ranking_of
        from leaderboard.ranking.weighted_ranking import parse_weights
        from leaderboard.reports.notebook import RankingReport

        if isinstance(weights, Mapping):
            weights = [f"{axis}={weight}" for axis, weight in weights.items()]
        request = RankingRequest(
            suites=as_words(suites),
            tasks=as_words(tasks),
            subjects=as_words(subjects),
            weights=parse_weights(as_words(weights)),
            method=as_member(Method, method, "method"),
            conditions=as_words(where),
            intervals=as_member(Intervals, intervals, "intervals"),
            merge_seeds=as_switch(merge_seeds, "merge_seeds"),
        )
        return RankingReport(ranking_of(self._store.existing(), request))

    def compare(
        self, first: str, second: str, *, tasks: Names = (), metrics: Names = (), merge_seeds: bool = False
    ) -> "ComparisonReport":
        """Compare two subjects on the same examples: differences with intervals, tests and detectable effects.

        Args:
            first: a subject by the start of its name or identity, or a result document: `FILE.json`, or
                `FILE.json#SUBJECT`.
            second: another subject; differences are first minus second.
            tasks: only these tasks.
            metrics: only these metrics.
            merge_seeds: compare means over seeds, of subjects that differ by seed alone; they are paired by seed and
                example where both have the same seeds.

        Raises:
            RequestError: for an unknown name.
        """
        from leaderboard.comparison.compare import compare
        from leaderboard.reports.comparison import checked_metrics
        from leaderboard.reports.notebook import ComparisonReport

        find = self._over_seeds if as_switch(merge_seeds, "merge_seeds") else self._subject
        first_results, second_results = find(first), find(second)
        comparison = compare(first_results, second_results, tasks=as_words(tasks))
        chosen = tuple(checked_metrics(comparison, as_words(metrics)))
        return ComparisonReport(comparison, first_results, second_results, chosen, self._stored_catalogue())

    def class_report(self, subject: str, task: str) -> "ClassReport":
        """Return precision, recall, F1 and support of every class, from a subject's newest evaluation on a task.

        Raises:
            RequestError: for a name that the store does not have, or a task without classes.
        """
        from leaderboard.reports.class_report import stored_class_report

        return stored_class_report(self._store.filled(), subject, task)

    def caveats(self, frame: "pd.DataFrame") -> dict[str, str]:
        """Return remarks on subjects whose accuracy is not above chance, or not above that of a bag of words.

        Args:
            frame: estimates from `results`.

        Returns:
            Remarks by subject; other subjects have none.
        """
        from leaderboard.reports.console import marks

        store = self._store.existing()
        return {} if store is None or frame.empty else marks(store, frame)

    def export(
        self,
        form: str = ExportFormat.JSON,
        *,
        subjects: Names = (),
        suites: Names = (),
        tasks: Names = (),
        axes: str | Iterable[str] = (),
        observations: bool = False,
        merge_seeds: bool = False,
        to: str | PathLike[str] | None = None,
    ) -> "Export":
        """Export results as a document that can be compared, gated and imported, or as a table.

        Args:
            form: "json", "csv", "parquet", "markdown", "latex" or "model-index".
            subjects: only these subjects.
            suites: only these suites.
            tasks: only these tasks.
            axes: only these axes.
            observations: whether a JSON document includes per-example observations, for paired comparisons.
            merge_seeds: subjects that differ by seed alone as one, mean ± standard deviation over seeds; not in the
                forms "json" and "model-index".
            to: file to write; None writes no file.

        Raises:
            RequestError: for a name that the store does not have, or when no result matches.
            OSError: when the file cannot be written.
        """
        from leaderboard.reports.exports import chosen_results, export_of
        from leaderboard.whole_files import write_whole

        chosen = chosen_results(
            self._store.filled(),
            subjects=as_words(subjects),
            tasks=as_words(tasks),
            axes=as_axes(axes),
            suites=as_words(suites),
            merge_seeds=as_switch(merge_seeds, "merge_seeds"),
        )
        export = export_of(chosen, as_member(ExportFormat, form, "form"), observations=observations)
        if to is not None:
            write_whole(Path(to), export.content)
        return export

    def health(self, models: Names = ()) -> "list[Finding]":
        """Check this machine, the libraries, the cache, the Hub and the store.

        Args:
            models: references of models to load and try, too.
        """
        from leaderboard.api.health import check_machine

        return list(check_machine(self.url, as_words(models)))

    def close(self) -> None:
        """Close the store; the next call opens it again."""
        self._store.close()

    def __enter__(self) -> Self:
        """Return itself; the `with` block closes the store."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        """Return the class and the store, without its password."""
        return f"{type(self).__name__}({self.shown!r})"

    def catalogue(self) -> "Catalogue":
        """Return the tasks and suites, read anew for each call, so that a task file may change between calls."""
        from leaderboard.tasks import default_catalogue

        return (self._make_catalogue or default_catalogue)()

    def _stored_catalogue(self) -> "Catalogue":
        """Return the tasks and suites, with those of the files that the store was measured with."""
        from leaderboard.store.suites import stored_catalogue

        store = self._store.existing()
        return self.catalogue() if store is None or self._make_catalogue else stored_catalogue(store)

    def _over_seeds(self, reference: str) -> "SubjectResults":
        """Return the results of a group of subjects of the store that differ by seed alone."""
        from leaderboard.errors import RequestError
        from leaderboard.gate.subjects import document_or_name
        from leaderboard.seeds.groups import find_group, seed_groups
        from leaderboard.seeds.merging import merged_subjects

        name, store = document_or_name(reference), self._store.filled()
        if not isinstance(name, str):
            raise RequestError(
                f"{reference}: --merge-seeds compares subjects of the store\n"
                "  Import the document first: leaderboard import FILE"
            )
        group = find_group(seed_groups(store), name)
        return merged_subjects(store, [group])[group.label]

    def _subject(self, reference: str) -> "SubjectResults":
        """Return the results of a subject of the store, or of one in a result document."""
        from leaderboard.gate.subjects import document_or_name
        from leaderboard.store.results import results_of

        subject = document_or_name(reference)
        return results_of(self._store.filled(), subject) if isinstance(subject, str) else subject
