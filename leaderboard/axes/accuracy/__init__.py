"""Accuracy: the metrics of this axis, which measure how well a model solves a task."""

from leaderboard.axes.accuracy import language_modelling, model_scores
from leaderboard.axes.axis import Axis
from leaderboard.axes.metric import Better, Metric, proportion

ACCURACY = proportion(
    name="accuracy",
    axis=Axis.ACCURACY,
    headline=True,
    summary="Share of examples answered correctly.",
    source="Wilson 1927 for the interval",
)
ACCURACY_NORM = proportion(
    name="accuracy_norm",
    axis=Axis.ACCURACY,
    instead_of="accuracy",
    summary="Accuracy when each choice's log-likelihood is divided by its length; of a head, its accuracy.",
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
AURC = proportion(
    name="aurc",
    axis=Axis.ACCURACY,
    better=Better.LOWER,
    worst=1.0,
    best=0.0,
    minimum_n=500,
    summary="Mean error rate of the most confident answers, over all shares that are answered (selective prediction).",
    source="Geifman & El-Yaniv 2017, area under the risk-coverage curve",
    caveat="Falls with the error rate as well: read it beside 1 - accuracy, which random confidences have.",
)
BAG_OF_WORDS = proportion(
    name="bag_of_words",
    axis=Axis.ACCURACY,
    summary="Accuracy of TF-IDF and logistic regression trained on the same data, on the same examples.",
    source="scikit-learn, TfidfVectorizer and LogisticRegression; Wang & Manning 2012 for the baseline",
)
OVER_BAG_OF_WORDS = Metric(
    name="over_bag_of_words",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=-1.0,
    highest=1.0,
    summary="Accuracy minus that of the bag of words, with the interval of the paired difference.",
    source="McNemar 1947; Tango 1998",
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
SPAN_PRECISION = proportion(
    name="span_precision",
    axis=Axis.ACCURACY,
    summary="Share of the predicted spans that are right: type and both ends.",
    source="Tjong Kim Sang & De Meulder 2003; seqeval, strict, IOB2",
)
SPAN_RECALL = proportion(
    name="span_recall",
    axis=Axis.ACCURACY,
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
TOKEN_ACCURACY = proportion(
    name="token_accuracy",
    axis=Axis.ACCURACY,
    summary="Share of words with the right tag.",
    source="Tjong Kim Sang & De Meulder 2003",
    caveat="Most words of most texts are outside of any span: a model that predicts no span has a high value.",
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
    summary="Accuracy on an earlier task at the end, minus that right after training on it; below 0 it was forgotten.",
    source="Lopez-Paz & Ranzato 2017 (GEM)",
    caveat="A task that was never learned cannot be forgotten: read it with the accuracy.",
)
EXACT_MATCH = proportion(
    name="exact_match",
    axis=Axis.ACCURACY,
    headline=True,
    summary="Share of written answers that are the expected one, after the task's own normalisation.",
    source="`exact_match` of lm-evaluation-harness; Rajpurkar et al. 2016 for protocol `generation`",
)
TOKEN_F1 = Metric(
    name="token_f1",
    axis=Axis.ACCURACY,
    unit="probability",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    lowest=0.0,
    highest=1.0,
    summary="Mean F1 of the words that a written answer shares with its best reference; of characters in Chinese.",
    source="Rajpurkar et al. 2016 (SQuAD); Lewis et al. 2020 (MLQA) for Chinese",
    caveat="A long answer that repeats the question shares words with the reference without answering.",
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
PRECISION = proportion(
    name="precision",
    axis=Axis.ACCURACY,
    summary="Precision: TP / (TP + FP) of each class; and the averages over classes.",
    source="van Rijsbergen 1979",
)
RECALL = proportion(
    name="recall",
    axis=Axis.ACCURACY,
    summary="Recall: TP / (TP + FN) of each class; and the averages over classes.",
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
ROUGE_L = proportion(
    name="rouge_l",
    axis=Axis.ACCURACY,
    headline=True,
    summary="Mean F1 of the longest common subsequence of words of a written text and its best reference.",
    source="Lin 2004; the package rouge-score without stemming",
    caveat="A good text in other words than the reference's scores low, and so does a good short one.",
)
ROUGE_1 = proportion(
    name="rouge_1",
    axis=Axis.ACCURACY,
    summary="Mean F1 of the words that a written text shares with its best reference.",
    source="Lin 2004; the package rouge-score without stemming",
)
ROUGE_2 = proportion(
    name="rouge_2",
    axis=Axis.ACCURACY,
    summary="Mean F1 of the pairs of neighbouring words that a written text shares with its best reference.",
    source="Lin 2004; the package rouge-score without stemming",
)
DISTINCT_2 = proportion(
    name="distinct_2",
    axis=Axis.ACCURACY,
    summary="Mean share of the pairs of neighbouring words of a written text that are different ones.",
    source="Li et al. 2016 (distinct-n), of each text",
    caveat="Falls with the length of a text: compare subjects on the same task.",
)
REPETITION = proportion(
    name="repetition",
    axis=Axis.ACCURACY,
    better=Better.LOWER,
    worst=1.0,
    best=0.0,
    summary="Mean share of the sequences of four words of a written text that were in it before.",
    source="Welleck et al. 2020 (seq-rep-4)",
)
SELF_BLEU = Metric(
    name="self_bleu",
    axis=Axis.ACCURACY,
    unit="points",
    better=Better.LOWER,
    worst=100.0,
    best=0.0,
    lowest=0.0,
    highest=100.0,
    summary="Mean BLEU of each written text with all others as references, 0 to 100: how alike the texts are.",
    source="Zhu et al. 2018 (Texygen); `sentence_bleu` of sacreBLEU",
    caveat="Rises with the number of texts, and is low for noise: compare subjects on the same examples.",
)
LENGTH_RATIO = Metric(
    name="length_ratio",
    axis=Axis.ACCURACY,
    unit="ratio",
    better=Better.TARGET,
    target=1.0,
    worst=2.0,
    best=1.0,
    lowest=0.0,
    summary="Words of all written texts, divided by those of the references that are nearest in length.",
    source="Papineni et al. 2002, lengths of the brevity penalty",
)
INSTRUCTION_SCORE = Metric(
    name="instruction_score",
    axis=Axis.ACCURACY,
    unit="share above chance",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    highest=1.0,
    headline=True,
    summary="Prompts all of whose instructions are followed, above the share for texts exchanged between prompts.",
    source="Zhou et al. 2023 (IFEval), prompt-level strict accuracy; Cohen 1960 for the correction for chance",
)
PROMPT_ACCURACY = proportion(
    name="prompt_accuracy",
    axis=Axis.ACCURACY,
    summary="Share of prompts all of whose instructions the written text follows.",
    source="Zhou et al. 2023 (IFEval), prompt-level strict accuracy",
    caveat="A text that ignores the prompt follows some instructions: read `instruction_score`.",
)
LOOSE_PROMPT_ACCURACY = proportion(
    name="loose_prompt_accuracy",
    axis=Axis.ACCURACY,
    summary="As `prompt_accuracy`, also without the first or last line of the text, or Markdown's asterisks.",
    source="Zhou et al. 2023 (IFEval), prompt-level loose accuracy",
)
INSTRUCTION_ACCURACY = proportion(
    name="instruction_accuracy",
    axis=Axis.ACCURACY,
    summary="Share of instructions that written texts follow; parts are the kinds of checks.",
    source="Zhou et al. 2023 (IFEval), instruction-level strict accuracy",
    caveat="A text that ignores the prompt follows some instructions: read `instruction_score`.",
)
LOOSE_INSTRUCTION_ACCURACY = proportion(
    name="loose_instruction_accuracy",
    axis=Axis.ACCURACY,
    summary="As `instruction_accuracy`, also without the first or last line of the text, or Markdown's asterisks.",
    source="Zhou et al. 2023 (IFEval), instruction-level loose accuracy",
)
EVALUATE_SCORE = Metric(
    name="evaluate_score",
    axis=Axis.ACCURACY,
    unit="share of range",
    better=Better.HIGHER,
    worst=0.0,
    best=1.0,
    summary="Score of a task's only metric `evaluate:…`, from 0 (the worst that the task names) to 1 (the best).",
    source="the library `evaluate`",
    caveat="Says as much as that metric: read its documentation, and its own value.",
)
PERPLEXITY = language_modelling.PERPLEXITY
WORD_PERPLEXITY = language_modelling.WORD_PERPLEXITY
BYTE_PERPLEXITY = language_modelling.BYTE_PERPLEXITY
BITS_PER_BYTE = language_modelling.BITS_PER_BYTE
PSEUDO_PERPLEXITY = language_modelling.PSEUDO_PERPLEXITY
PSEUDO_BITS_PER_BYTE = language_modelling.PSEUDO_BITS_PER_BYTE
REFERENCE_PERPLEXITY = model_scores.REFERENCE_PERPLEXITY
COHERENCE = model_scores.COHERENCE
BERTSCORE_F1 = model_scores.BERTSCORE_F1
BERTSCORE_PRECISION = model_scores.BERTSCORE_PRECISION
BERTSCORE_RECALL = model_scores.BERTSCORE_RECALL

CLASS_REPORT = (PRECISION, RECALL, F1)
"""Metrics of the classification report, with each class and each average over classes as parts."""
AVERAGES = ("micro avg", "macro avg", "weighted avg")
"""Names of the averages, as in scikit-learn and seqeval."""
