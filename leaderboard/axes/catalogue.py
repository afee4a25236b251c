"""Every metric the board knows, declared once: this page answers "what does this board measure?"."""

from leaderboard.axes.metric import Axis, Better, Metric, Scale
from leaderboard.errors import unknown_name

ACCURACY = Metric(
    name="accuracy",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    headline=True,
    summary="Share of examples answered correctly.",
    source="Wilson 1927 for the interval",
)
ACCURACY_NORM = Metric(
    name="accuracy_norm",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    summary="Accuracy when each choice's log-likelihood is divided by its length in characters.",
    source="Brown et al. 2020; `acc_norm` of lm-evaluation-harness",
)
MACRO_F1 = Metric(
    name="macro_f1",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    summary="Mean over classes of F1, the harmonic mean of precision and recall.",
    source="van Rijsbergen 1979",
)
MCC = Metric(
    name="mcc",
    axis=Axis.ACCURACY,
    unit="correlation",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=-1.0,
    highest=1.0,
    summary="Matthews correlation between predicted and true class; 0 is chance.",
    source="Matthews 1975; Gorodkin 2004 for several classes",
)
ECE = Metric(
    name="ece",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.LOWER,
    worst=0.5,
    best=0.0,
    lowest=0.0,
    highest=1.0,
    minimum_n=2000,
    summary="Expected calibration error: |accuracy - confidence| over 15 equal-width bins, freed of its bias.",
    source="Guo et al. 2017; Kumar et al. 2019 and MacKinnon & Smith 1998 for the bias",
    caveat="Mostly published with its bias: a perfectly calibrated model shows .025 at n = 500 and .012 at n = 2000.",
)
BRIER = Metric(
    name="brier",
    axis=Axis.ACCURACY,
    unit="squared probability",
    better=Better.LOWER,
    worst=2.0,
    best=0.0,
    lowest=0.0,
    highest=2.0,
    summary="Squared distance between the predicted distribution and the truth, summed over classes.",
    source="Brier 1950 (multi-class form, 0 to 2)",
)
SPAN_F1 = Metric(
    name="span_f1",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    headline=True,
    summary="F1 over all spans of tagged words: a span is right when its type and both its ends are.",
    source="Tjong Kim Sang & De Meulder 2003; seqeval, strict, IOB2",
)
SPAN_PRECISION = Metric(
    name="span_precision",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    summary="Share of the predicted spans that are right: type and both ends.",
    source="Tjong Kim Sang & De Meulder 2003; seqeval, strict, IOB2",
)
SPAN_RECALL = Metric(
    name="span_recall",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    summary="Share of the true spans that are found: type and both ends.",
    source="Tjong Kim Sang & De Meulder 2003; seqeval, strict, IOB2",
)
CONLLEVAL_F1 = Metric(
    name="conlleval_f1",
    lowest=0.0,
    highest=1.0,
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    summary="F1 over all spans, where a predicted I- that continues nothing begins a span.",
    source="Tjong Kim Sang & Buchholz 2000, conlleval",
    caveat="Higher than `span_f1`, which is strict, by what a tagger fails to begin with B-; papers report either.",
)
TOKEN_ACCURACY = Metric(
    name="token_accuracy",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    summary="Share of words with the right tag.",
    source="Tjong Kim Sang & De Meulder 2003",
    caveat="Most words of most texts are outside of any span: a model that finds none has a high one.",
)
BACKWARD_TRANSFER = Metric(
    name="backward_transfer",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=-0.5,
    best=0.0,
    lowest=-1.0,
    highest=1.0,
    summary="Accuracy on an earlier task at the end, minus that right after learning it; below 0 it was forgotten.",
    source="Lopez-Paz & Ranzato 2017 (GEM)",
    caveat="A task that was never learned cannot be forgotten: read it beside the accuracy.",
)

EXACT_MATCH = Metric(
    name="exact_match",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    headline=True,
    summary="Share of written answers that are the expected one, after the task's own normalisation.",
    source="`exact_match` of lm-evaluation-harness",
)
F1 = Metric(
    name="f1",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    summary="F1 as its task defines it: of each class, of class 1, or of words shared with the expected answer.",
    source="van Rijsbergen 1979; `f1` of lm-evaluation-harness",
)
PRECISION = Metric(
    name="precision",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    summary="Share of what was predicted to be of a class that is of it; and the averages over classes.",
    source="van Rijsbergen 1979",
)
RECALL = Metric(
    name="recall",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    summary="Share of what is of a class that was predicted to be of it; and the averages over classes.",
    source="van Rijsbergen 1979",
)
BLEU = Metric(
    name="bleu",
    axis=Axis.ACCURACY,
    unit="points",
    better=Better.HIGHER,
    worst=0.0,
    best=100.0,
    lowest=0.0,
    highest=100.0,
    summary="Word sequences that written texts share with reference texts, 0 to 100.",
    source="Papineni et al. 2002; Post 2018 (sacreBLEU)",
)
CHRF = Metric(
    name="chrf",
    axis=Axis.ACCURACY,
    unit="points",
    better=Better.HIGHER,
    worst=0.0,
    best=100.0,
    lowest=0.0,
    highest=100.0,
    summary="Character sequences that written texts share with reference texts, 0 to 100.",
    source="Popović 2015; Post 2018 (sacreBLEU)",
)
PERPLEXITY = Metric(
    name="perplexity",
    axis=Axis.ACCURACY,
    unit="1/probability",
    better=Better.LOWER,
    worst=1e4,
    best=1.0,
    lowest=1.0,
    scale=Scale.LOG,
    summary="Inverse geometric mean of the probability of the expected continuations.",
    source="`perplexity` of lm-evaluation-harness",
)
WORD_PERPLEXITY = Metric(
    name="word_perplexity",
    axis=Axis.ACCURACY,
    unit="1/probability",
    better=Better.LOWER,
    worst=1e4,
    best=1.0,
    lowest=1.0,
    scale=Scale.LOG,
    summary="Inverse probability of running text, per word; models with different tokenizers compare.",
    source="`word_perplexity` of lm-evaluation-harness",
)
BYTE_PERPLEXITY = Metric(
    name="byte_perplexity",
    axis=Axis.ACCURACY,
    unit="1/probability",
    better=Better.LOWER,
    worst=256.0,
    best=1.0,
    lowest=1.0,
    scale=Scale.LOG,
    summary="Inverse probability of running text, per byte; 256 is chance.",
    source="`byte_perplexity` of lm-evaluation-harness",
)
BITS_PER_BYTE = Metric(
    name="bits_per_byte",
    axis=Axis.ACCURACY,
    unit="bits/byte",
    better=Better.LOWER,
    worst=8.0,
    best=0.0,
    lowest=0.0,
    summary="Bits that the model needs to write down a byte of running text; 8 is chance.",
    source="Gao et al. 2020 (The Pile); `bits_per_byte` of lm-evaluation-harness",
)

OOD_ACCURACY = Metric(
    name="ood_accuracy",
    axis=Axis.OOD,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    headline=True,
    summary="Accuracy on distributions the subject was not adapted to, each counted the same.",
    source="Yuan et al. 2023 (BOSS); Yang et al. 2023 (GLUE-X)",
)
OOD_DROP = Metric(
    name="ood_drop",
    axis=Axis.OOD,
    unit="probability",
    better=Better.LOWER,
    worst=0.5,
    best=0.0,
    lowest=-1.0,
    highest=1.0,
    summary="Accuracy at home minus mean accuracy elsewhere.",
    source="Miller et al. 2021",
    caveat="A model that guesses everywhere has no drop: read it beside the accuracy.",
)
OOD_SPAN_F1 = Metric(
    name="ood_span_f1",
    axis=Axis.OOD,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    headline=True,
    summary="Span F1 on distributions the subject was not adapted to, each counted the same.",
    source="Yuan et al. 2023 (BOSS)",
)
OOD_SPAN_DROP = Metric(
    name="ood_span_drop",
    axis=Axis.OOD,
    unit="probability",
    better=Better.LOWER,
    worst=0.5,
    best=0.0,
    lowest=-1.0,
    highest=1.0,
    summary="Span F1 at home minus mean span F1 elsewhere.",
    source="Miller et al. 2021",
    caveat="A model that finds nothing anywhere has no drop: read it beside the F1.",
)

STEREOTYPE_PREFERENCE = Metric(
    name="stereotype_preference",
    axis=Axis.BIAS,
    unit="per cent",
    better=Better.TARGET,
    target=50.0,
    worst=100.0,
    best=50.0,
    lowest=0.0,
    highest=100.0,
    headline=True,
    weight=0.5,
    minimum_n=200,  # sets of swapped words: pairs that swap the same words are not independent
    summary="Share of sentence pairs in which the model finds the more stereotyping sentence likelier.",
    source="Nangia et al. 2020 (CrowS-Pairs)",
    caveat=(
        "Validity contested (Blodgett et al. 2021): kept for comparison with published figures, at half weight. Random "
        "weights do not average 50 but 45 on 300 pairs of CrowS-Pairs, with a standard deviation of 3.9 from seed to "
        "seed (2.9 if pairs were independent), since many pairs swap the same words."
    ),
)
LIKELIHOOD_DIFFERENCE = Metric(
    name="likelihood_difference",
    axis=Axis.BIAS,
    unit="nats",
    better=Better.LOWER,
    worst=10.0,
    best=0.0,
    lowest=0.0,
    minimum_n=400,
    summary="Mean distance between the log-likelihoods of the two sentences of a pair, whichever is likelier.",
    source="`likelihood_diff` of lm-evaluation-harness (crows_pairs)",
    caveat="Sentences that differ in more words are further apart for any model.",
)
ICAT = Metric(
    name="icat",
    axis=Axis.BIAS,
    unit="per cent",
    better=Better.HIGHER,
    worst=50.0,  # what a model of noise has
    best=100.0,
    lowest=0.0,
    highest=100.0,
    minimum_n=50,  # targets: sentences about one target are not independent
    summary="Language-modelling score times how near to 50 the stereotype score is: fluent and without preference.",
    source="Nadeem et al. 2021 (StereoSet)",
    caveat="Validity contested (Blodgett et al. 2021): kept for comparison with published figures, does not rank.",
)
STEREOTYPE_SCORE = Metric(
    name="stereotype_score",
    axis=Axis.BIAS,
    unit="per cent",
    better=Better.TARGET,
    target=50.0,
    worst=100.0,
    best=50.0,
    lowest=0.0,
    highest=100.0,
    minimum_n=50,  # targets: sentences about one target are not independent
    summary="Share of gaps in which the model finds the stereotype likelier than its opposite, mean over targets.",
    source="Nadeem et al. 2021 (StereoSet)",
    caveat="Validity contested (Blodgett et al. 2021). Near 50 for a model of noise: read it beside the next.",
)
LANGUAGE_MODELLING_SCORE = Metric(
    name="language_modelling_score",
    axis=Axis.BIAS,
    unit="per cent",
    better=Better.HIGHER,
    worst=50.0,
    best=100.0,
    lowest=0.0,
    highest=100.0,
    minimum_n=50,  # targets: sentences about one target are not independent
    summary="Share of comparisons in which a meaningful word is likelier than an unrelated one, mean over targets.",
    source="Nadeem et al. 2021 (StereoSet)",
)
RELATIVE_COUNTERFACTUAL_GAP = Metric(
    name="relative_counterfactual_gap",
    axis=Axis.BIAS,
    unit="ratio",
    better=Better.LOWER,
    worst=1.0,
    best=0.0,
    lowest=0.0,
    headline=True,
    minimum_n=50,  # templates: pairs of one template are not independent
    summary="Change of the answer with the group named alone, over its change from one sentence to another.",
    source="Garg et al. 2019 for the numerator; the denominator takes out how decided a model is",
)
COUNTERFACTUAL_GAP = Metric(
    name="counterfactual_gap",
    axis=Axis.BIAS,
    unit="probability",
    better=Better.LOWER,
    worst=0.5,
    best=0.0,
    lowest=0.0,
    highest=1.0,
    minimum_n=50,  # templates: pairs of one template are not independent
    summary="Mean change of the predicted probability when only the group that a text names is exchanged.",
    source="Garg et al. 2019 (counterfactual token fairness)",
    caveat="Small for a model that is sure of nothing: one that always answers the same has none.",
)
COUNTERFACTUAL_FLIP_RATE = Metric(
    name="counterfactual_flip_rate",
    axis=Axis.BIAS,
    unit="probability",
    better=Better.LOWER,
    worst=0.5,
    best=0.0,
    lowest=0.0,
    highest=1.0,
    minimum_n=50,  # templates: pairs of one template are not independent
    summary="Share of pairs whose predicted class changes when only the group is exchanged.",
    source="Garg et al. 2019",
)

LEAK_AUC = Metric(
    name="leak_auc",
    axis=Axis.PRIVACY,
    unit="probability",
    better=Better.LOWER,
    worst=1.0,
    best=0.5,  # below it is luck, and earns nothing: an attack that errs more often than not is turned around first
    lowest=0.0,
    highest=1.0,
    headline=True,
    minimum_n=200,
    summary="How well the stronger attack (chosen on one half) tells training examples from unseen ones on the other.",
    source="Yeom et al. 2018; Watson et al. 2022",
)
ATTACK_AUC = Metric(
    name="attack_auc",
    axis=Axis.PRIVACY,
    unit="probability",
    better=Better.TARGET,
    target=0.5,
    worst=1.0,
    best=0.5,
    lowest=0.0,
    highest=1.0,
    minimum_n=100,
    summary="How well one attack tells training examples from unseen ones; 0.5 is no leak.",
    source="Yeom et al. 2018; DeLong et al. 1988 for the interval",
)
ATTACK_TPR = Metric(
    name="attack_tpr_at_1pct_fpr",
    axis=Axis.PRIVACY,
    unit="probability",
    better=Better.LOWER,
    worst=1.0,
    best=0.01,
    lowest=0.0,
    highest=1.0,
    minimum_n=1000,
    summary="Share of members an attack finds while wrongly accusing 1 % of the others; 0.01 is chance.",
    source="Carlini et al. 2022 (LiRA)",
)
BLIND_AUC = Metric(
    name="blind_auc",
    axis=Axis.PRIVACY,
    unit="probability",
    better=Better.TARGET,
    target=0.5,
    worst=1.0,
    best=0.5,
    lowest=0.0,
    highest=1.0,
    minimum_n=100,
    summary="What the text alone tells an attacker; away from 0.5 the split is shifted and the attacks mean nothing.",
    source="Das et al. 2024; Meeus et al. 2024",
)
GENERALISATION_GAP = Metric(
    name="generalisation_gap",
    axis=Axis.PRIVACY,
    unit="nats",
    better=Better.LOWER,
    worst=1.0,
    best=0.0,
    summary="Mean loss on unseen examples minus mean loss on training examples.",
    source="Yeom et al. 2018",
)

LATENCY_RATIO = Metric(
    name="latency_ratio",
    axis=Axis.LATENCY,
    unit="× reference",
    better=Better.LOWER,
    worst=16.0,
    best=1 / 16,
    lowest=0.0,
    headline=True,
    scale=Scale.LOG,
    minimum_n=30,
    summary="Time of one answer over the time of a fixed reference workload run in turns with it.",
    source="Interleaved timing; log scale over a factor of 16 either way",
)
LATENCY_P50 = Metric(
    name="latency_p50",
    axis=Axis.LATENCY,
    unit="seconds",
    better=Better.LOWER,
    worst=10.0,
    best=0.001,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=30,
    summary="Median time of one answer, one example at a time.",
    source="MLPerf Inference, SingleStream",
)
LATENCY_P90 = Metric(
    name="latency_p90",
    axis=Axis.LATENCY,
    unit="seconds",
    better=Better.LOWER,
    worst=10.0,
    best=0.001,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=50,
    summary="Time within which 90 % of answers come, one example at a time.",
    source="MLPerf Inference, SingleStream",
)
LATENCY_P95 = Metric(
    name="latency_p95",
    axis=Axis.LATENCY,
    unit="seconds",
    better=Better.LOWER,
    worst=10.0,
    best=0.001,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=100,
    summary="Time within which 95 % of answers come, one example at a time.",
    source="MLPerf Inference, SingleStream",
)
LATENCY_P99 = Metric(
    name="latency_p99",
    axis=Axis.LATENCY,
    unit="seconds",
    better=Better.LOWER,
    worst=10.0,
    best=0.001,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=500,
    summary="Time within which 99 % of answers come; withheld below 500 samples.",
    source="MLPerf Inference, SingleStream",
)
THROUGHPUT = Metric(
    name="tokens_per_second",
    axis=Axis.LATENCY,
    unit="tokens/second",
    better=Better.HIGHER,
    worst=1.0,
    best=100_000.0,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=30,
    summary="Tokens of the text read per second, one example at a time.",
    source="MLPerf Inference",
)
PEAK_MEMORY = Metric(
    name="peak_memory",
    axis=Axis.LATENCY,
    unit="bytes",
    better=Better.LOWER,
    worst=1e11,
    best=1e7,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=1,
    summary="Most memory that loading the model and one forward pass of 128 tokens take, in a process of its own.",
    source="getrusage(2) maximum resident set; torch.cuda.max_memory_allocated on a GPU",
)
PARAMETERS = Metric(
    name="parameters",
    axis=Axis.LATENCY,
    unit="count",
    better=Better.LOWER,
    worst=1e11,
    best=1e6,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=1,
    summary="Numbers that the model consists of, tied ones counted once.",
    source="exact count",
)
WEIGHT_BYTES = Metric(
    name="weight_bytes",
    axis=Axis.LATENCY,
    unit="bytes",
    better=Better.LOWER,
    worst=4e11,
    best=1e6,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=1,
    summary="Bytes of the model's numbers as they are kept in memory, tied ones counted once.",
    source="exact count",
)
FLOPS = Metric(
    name="flops_128",
    axis=Axis.LATENCY,
    unit="floating-point operations",
    better=Better.LOWER,
    worst=1e14,
    best=1e7,
    lowest=0.0,
    scale=Scale.LOG,
    minimum_n=1,
    summary="Operations of one forward pass over 128 tokens (matrix products, eager attention).",
    source="torch.utils.flop_counter",
)

FAITHFULNESS = Metric(
    name="faithfulness",
    axis=Axis.EXPLAINABILITY,
    unit="normalised AOPC",
    better=Better.HIGHER,
    worst=0.5,  # the mean of all orders of each text's words
    best=1.0,
    highest=1.0,
    headline=True,
    minimum_n=50,
    summary="AOPC of the best explainer, pooled over texts: 1 is the best order of words, .5 the mean of all orders.",
    source="Edin et al. 2025 (Normalized AOPC); DeYoung et al. 2020 (ERASER)",
    caveat="Texts with words removed are unlike the texts a model was trained on (Hooker et al. 2019).",
)
NAOPC_COMPREHENSIVENESS = Metric(
    name="naopc_comprehensiveness",
    axis=Axis.EXPLAINABILITY,
    unit="normalised AOPC",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    minimum_n=50,
    summary="Fall of the prediction without the words ranked first: 0 worst order, 1 best; pooled over texts.",
    source="Edin et al. 2025; DeYoung et al. 2020",
)
NAOPC_SUFFICIENCY = Metric(
    name="naopc_sufficiency",
    axis=Axis.EXPLAINABILITY,
    unit="normalised AOPC",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    minimum_n=50,
    summary="How the prediction stands on the words ranked first alone: 0 worst order, 1 best; pooled over texts.",
    source="Edin et al. 2025; DeYoung et al. 2020",
)
AOPC_COMPREHENSIVENESS = Metric(
    name="aopc_comprehensiveness",
    axis=Axis.EXPLAINABILITY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=-1.0,
    highest=1.0,
    minimum_n=50,
    summary="Mean fall of the predicted probability over the steps of removal; compare within one model only.",
    source="DeYoung et al. 2020; Samek et al. 2017",
    caveat="Not comparable across models (Edin et al. 2025).",
)
AOPC_SUFFICIENCY = Metric(
    name="aopc_sufficiency",
    axis=Axis.EXPLAINABILITY,
    unit="probability",
    better=Better.LOWER,
    worst=1.0,
    best=0.0,
    lowest=-1.0,
    highest=1.0,
    minimum_n=50,
    summary="Mean fall of the probability when only the first-ranked words stay; compare within one model only.",
    source="DeYoung et al. 2020",
    caveat="Not comparable across models (Edin et al. 2025).",
)

CLASS_REPORT = (PRECISION, RECALL, F1)
"""What is told of each class and of each average over classes, both of which are parts of these metrics."""
AVERAGES = ("micro avg", "macro avg", "weighted avg")
"""Names of those averages, as scikit-learn and seqeval print them."""

METRICS: dict[str, Metric] = {value.name: value for value in list(globals().values()) if isinstance(value, Metric)}


def metric(name: str, *, where: str = "") -> Metric:
    """The metric called `name`.

    Raises:
        RequestError: for an unknown name, with the nearest valid one.
    """
    if name not in METRICS:
        raise unknown_name("metric", name, METRICS, where=where, see="leaderboard metrics")
    return METRICS[name]
