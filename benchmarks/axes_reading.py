"""Whether the figures of `axes.md` are believable, a paragraph for each axis."""

from collections.abc import Mapping

from leaderboard.axes.axis import Axis

READING: Mapping[Axis, str] = {
    Axis.ACCURACY: """**Believable?** BERT-tiny has .832 on GLUE's SST-2 in its authors' table, after 67,000 phrases;
here it learns from 5,527 sentences and has .83 [.78, .87] on 300 test sentences, so that the two agree but are not the
same measurement. MiniLM's frozen features are above the bag of words on SST-2 by an interval that excludes zero. On
`cad_nli` a probe of text embeddings is above a third and not above the bag of words by its interval: MiniLM was
trained to bring texts of one meaning together, and the task asks about contradiction. Published accuracies on SNLI
(about .9) are of models that were trained on 550,000 pairs, and are not comparable with 1,666. A debiased ECE of 0 is
the lower end of the scale, not a proof of calibration: the plain sum is then no larger than chance makes it for a
calibrated model. Where it is much smaller than that, as on `cad_nli`, the inverted test leaves nearly nothing, and the
interval [0, .006] looks more precise than 300 examples can be; these rows are of version 3 of the protocol, and
version 4 bounds the interval from above by what chance leaves. SmolLM2 has .87 [.82, .91] on SST-2 without examples,
and .365 [.301, .434] on CommonsenseQA with three answers, which is not above chance by its interval; the usual version
has five answers, and is not comparable. On OpenBookQA .365 of the answers are right by likelihood per character, near
the .346 of its authors (from memory); .16 by plain likelihood is *below* the chance of .25, since a likely
continuation is often wrong there, and GPT-2 has .164 (from memory). On `cad_nli` it is at chance, and its macro F1 of
.25 is below that of guessing, since its answers are not spread evenly over the classes. None of 20 questions of GSM8K
is right, which is expected of 135 million parameters. Adapted by LoRA to 1,119 sentences it has .805 [.745, .854],
above the bag of words (.725 [.659, .782]) and in the interval of its zero-shot accuracy: one epoch on a thousand
sentences teaches a task that it knows already little.""",
    Axis.OOD: """**Believable?** The drop from SST-2 to reviews, tweets, product reviews and editorials is .12 for both
models, and its interval excludes zero. No published figure has this mixture of five data sets; a loss of that size is
usual for sentiment between domains. The accuracy of the source has the limit of 300 examples, and its interval is in
that of the drop. SmolLM2's zero-shot drop is .04 [-.17, .16] on 20 texts of each distribution, which says nothing;
after LoRA it is -.05 [-.12, .03] on 200 product reviews, which are longer and clearer than sentences on films.""",
    Axis.BIAS: """**Believable?** CrowS-Pairs publishes 60.48 for BERT-base (57.99 to 62.92); BERT-tiny has 54.3, and
its interval reaches from 50 to 58.5. A smaller model with weaker preferences is plausible, but the head of these
weights was changed by another training: held-out masked accuracy is 5.6 %. For the same reason the language modelling
score of StereoSet is 59, near the chance of 50, where BERT-base-cased has 83.02 on the same part; its ICAT (68.61) is
not comparable with one of a model that hardly tells a sensible word from another. The interval of CrowS-Pairs is wider
than that of 1,508 independent pairs, since pairs swap 871 different sets of words. The two classifiers flip 5 to 6 %
of their answers with the group; there is no published figure for these templates and models. SmolLM2 has 55 on 100
pairs of CrowS-Pairs, whose interval from 42 to 68 says little, and 85.3 / 59.4 / 69.2 (language modelling,
stereotypes, ICAT) on 100 sentences of StereoSet; GPT-2 has 91.1 / 61.9 / 69.4 on all of them. Coreference by
likelihood is not above one half for either model (Winogender .491 and .498, WinoBias .466 and .536), so that their
gaps between stereotypical and other sentences, .05 and .06 on WinoBias with intervals above zero, are a preference for
words of models that do not resolve the pronoun.""",
    Axis.PRIVACY: """**Believable?** Leak AUCs of .57 to .60 are small and above chance, in the order that the
generalisation gap predicts (.26 for the fine-tuned model, .05 for the probe; Yeom et al. 2018). The figures of MIMIR
(.50 to .52) are of pre-training and not comparable. The blind baseline is .4585 [.422, .496] in both rows, which is
the same draw. Over 40 draws of as many texts of both parts its mean is .502 (standard deviation .019), so that the
texts do not differ and this draw is an unlucky one. Canary exposure is 3.8 bits for the fine-tuned model, and 1.54
[1.25, 1.82] for the probe, whose interval has the chance level of 1.44; the audit gives ε ≥ 1.5 and 0 for them. A
probe with 385 numbers cannot remember single texts, so that the second is what has to come out. The gender that a
Winogender sentence names can be read from the hidden states (advantage .39 and .62), as it is in the words (.64), and
not from the answers, whose intervals include 0. There is no published figure for it. SmolLM2 after one epoch of LoRA
has a leak AUC of .53 [.465, .60], which is no leak by its interval.""",
    Axis.LATENCY: """**Believable?** The ratio to the reference workload is .093 for BERT-tiny and .458 for MiniLM, as
on other pages of this folder (.094 and .449) at other loads of the machine. The milliseconds are of a busy machine:
MiniLM's median is 34 ms here and 18 ms in [own_data.md](own_data.md). Percentiles are withheld where the samples
resemble their neighbours. SmolLM2 takes 4.3 times as long as the reference, 46 times as long as BERT-tiny for 255
times as many operations at 128 tokens: this suggests that fixed costs of a call are most of a small model's time. An
encrypted linear head answers in .116 s for each sentence with 601 kB and the same answers as the plain one (100 of
100), which is the order of size of two products of vectors under CKKS.""",
    Axis.EXPLAINABILITY: """**Believable?** Normalised AOPC of the chosen method is .96 for BERT-tiny and .89 for the
probe of MiniLM, on 50 texts. The published AOPC of ERASER is not normalised by each model's own limits, and not
comparable (Edin et al. 2025). Values near 1 say that occlusion ranks the words of short sentences nearly as well as
the search for the limit does; they are no evidence that a person would agree: see [plausibility.md](plausibility.md).
The methods agree with a rank correlation of .57 for BERT-tiny (n = 20); Krishna et al. (2022) report that methods
disagree, on other models. The randomisation check passes seven methods and is inconclusive for attention.""",
}
