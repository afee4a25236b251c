"""Schemes of tags: spans are those of seqeval and conlleval, whatever scheme the tags are written in."""

import json
from pathlib import Path

import numpy as np
import pytest

from leaderboard.axes.accuracy.schemes import (
    Scheme,
    Span,
    compare_tags,
    iob2,
    lenient_spans,
    scheme_of,
    strict_spans,
    to_iob2,
    vocabulary,
    write_tags,
)
from leaderboard.axes.accuracy.tagging import Tagging
from leaderboard.axes.protocol import Observation, Parameters
from leaderboard.backends.subject import Subject
from leaderboard.data.examples import TaggedExample
from leaderboard.errors import RequestError
from leaderboard.recipes.span_tagger import SpanTagger
from leaderboard.testing.models import local_model
from leaderboard.testing.protocols import estimates

SEQEVAL = json.loads(Path(__file__).with_name("seqeval.json").read_text())
"""Spans that seqeval 1.2.2 reads from random tags. Seqeval is no dependency: it has no wheel, so
installing it runs its code."""
TYPES = ("PER", "LOC")
SENTENCE = [Span("PER", 0, 2), Span("PER", 2, 3), Span("LOC", 4, 7), Span("PER", 7, 8)]
WRITTEN = {
    Scheme.IOB2: "B-PER I-PER B-PER O B-LOC I-LOC I-LOC B-PER O",
    Scheme.IOB1: "I-PER I-PER B-PER O I-LOC I-LOC I-LOC I-PER O",
    Scheme.BIOES: "B-PER E-PER S-PER O B-LOC I-LOC E-LOC S-PER O",
    Scheme.BILOU: "B-PER L-PER U-PER O B-LOC I-LOC L-LOC U-PER O",
}


def _all(letters):
    return ["O", *(f"{letter}-{kind}" for letter in letters for kind in TYPES)]


VOCABULARIES = {
    Scheme.IOB2: vocabulary(_all("BI")),
    Scheme.IOB1: vocabulary(_all("BI")),
    Scheme.BIOES: vocabulary(_all("BIES")),
    Scheme.BILOU: vocabulary(_all("BILU")),
}


@pytest.mark.parametrize("scheme", list(WRITTEN))
def test_one_sentence_means_the_same_in_every_scheme(scheme):
    tags, vocab = WRITTEN[scheme].split(), VOCABULARIES[scheme]
    assert scheme_of([tags], vocab) is scheme
    assert lenient_spans(tags, vocab) == SENTENCE
    assert to_iob2([tags], vocab) == [WRITTEN[Scheme.IOB2].split()]


@pytest.mark.parametrize("scheme", [Scheme.BIOES, Scheme.BILOU, Scheme.IOB2])
def test_spans_are_written_as_the_scheme_has_them(scheme):
    assert write_tags(SENTENCE, 9, scheme) == WRITTEN[scheme].split()
    assert write_tags([Span("PER", 0, 2), Span("LOC", 2, 3)], 4, Scheme.IO) == ["I-PER", "I-PER", "I-LOC", "O"]


@pytest.mark.parametrize("tags", [["O", "I-PER", "I-LOC"], ["O", "PER", "LOC"], ["O", "event-war", "person"]])
def test_tags_without_a_beginning_are_io(tags):
    vocab = vocabulary(tags)
    assert vocab.family is Scheme.IO
    _, one, other = tags
    assert [span[1:] for span in lenient_spans([one, one, other, "O", one], vocab)] == [(0, 2), (2, 3), (4, 5)]


def test_the_letters_of_bmes_are_those_of_bioes():
    vocab = vocabulary(["O", "B-LOC", "M-LOC", "E-LOC", "S-LOC"])
    assert vocab.family is Scheme.BIOES
    assert strict_spans(["B-LOC", "M-LOC", "E-LOC", "S-LOC"], vocab) == [Span("LOC", 0, 3), Span("LOC", 3, 4)]


def test_spans_of_one_type_need_no_name():
    assert lenient_spans(["B", "I", "O", "I"], vocabulary(["O", "B", "I"])) == [Span("", 0, 2), Span("", 3, 4)]


@pytest.mark.parametrize(
    "tags", [["O", "NOUN", "B-X"], ["NOUN", "VERB"], ["O", "B-X", "S-X"], ["O", "B-X", "L-X", "E-X"]]
)
def test_tags_of_no_scheme_or_of_several_are_refused(tags):
    with pytest.raises(RequestError, match="are of no known tagging scheme"):
        vocabulary(tags)


def test_a_file_with_both_kinds_of_beginnings_is_iob2_and_loses_no_span():
    sentences = [["B-PER", "I-PER", "O"], ["O", "I-LOC", "I-LOC"], ["B-PER", "I-LOC"]]
    vocab = VOCABULARIES[Scheme.IOB2]
    assert scheme_of(sentences, vocab) is Scheme.IOB2
    assert to_iob2(sentences, vocab) == [["B-PER", "I-PER", "O"], ["O", "B-LOC", "I-LOC"], ["B-PER", "B-LOC"]]


def test_lenient_spans_are_those_of_conlleval():
    """Seqeval's default mode is a port of conlleval's start and end of chunks."""
    for tags, spans in SEQEVAL["lenient"]:
        assert lenient_spans(tags.split(), VOCABULARIES[Scheme.BIOES]) == [Span(*span) for span in spans], tags


@pytest.mark.parametrize("scheme", [Scheme.BIOES, Scheme.BILOU])
def test_strict_spans_are_those_of_seqeval(scheme):
    for tags, spans in SEQEVAL["strict"][scheme]:
        assert strict_spans(tags.split(), VOCABULARIES[scheme]) == [Span(*span) for span in spans], tags


def _conlleval(true, predicted):
    """F1 as the script conlleval counts it, spelled out: chunks that begin and end together, and all chunks."""
    right = in_truth = in_answer = 0
    for one, other in zip(true, predicted, strict=True):
        sides = [set(_chunks(tags)) for tags in (one, other)]
        right += len(sides[0] & sides[1])
        in_truth, in_answer = in_truth + len(sides[0]), in_answer + len(sides[1])
    return 2 * right / (in_truth + in_answer)


def _chunks(tags):
    kind, start, chunks = "", 0, []
    for place, tag in enumerate([*tags, "O"]):
        letter, _, its = tag.partition("-")
        if kind and (letter in {"O", "B"} or its != kind):
            chunks.append((kind, start, place))
            kind = ""
        if letter != "O" and not kind:
            kind, start = its, place
    return chunks


class Fixed:
    """Tagger that gives each sentence the tags chosen for it."""

    def __init__(self, labels, answers):
        self.labels = tuple(labels)
        self.answers = answers

    def log_probabilities(self, sentences):
        wide = len(self.labels)
        return [
            np.log(0.5 * np.eye(wide)[[self.labels.index(tag) for tag in self.answers[" ".join(words)]]] + 0.5 / wide)
            for words in sentences
        ]


def _measured(encoder, labels, true, tagger):
    examples = [
        TaggedExample(id=words, words=tuple(words.split()), tags=tuple(labels.index(tag) for tag in tags))
        for words, tags in true.items()
    ]
    protocol = Tagging(Parameters())
    observations = list(protocol.observe(Subject(local_model(encoder), tags_with=tagger), {"test": examples}, seed=0))
    return estimates(protocol, observations), protocol.notes(observations), observations


TRUE = {"a b c d e f g h i": WRITTEN, "j k l": dict.fromkeys(WRITTEN, "O O O")}


def _true(scheme):
    return {words: tags[scheme].split() for words, tags in TRUE.items()}


@pytest.mark.parametrize("scheme", list(WRITTEN))
def test_a_tagger_that_is_right_is_right_in_every_scheme(encoder, scheme):
    labels = list(VOCABULARIES[scheme].parts)
    results, notes, observations = _measured(encoder, labels, _true(scheme), Fixed(labels, _true(scheme)))
    assert results["span_f1", ""].value == results["conlleval_f1", ""].value == 1.0
    assert results["token_accuracy", ""].value == 1.0
    assert results["recall", "PER"].n == 3
    assert [each.data["true"] for each in observations] == list(_true(Scheme.IOB2).values())
    assert notes == (() if scheme is Scheme.IOB2 else (f"the true tags are written in {scheme}; spans are compared",))


@pytest.mark.parametrize("gold", list(WRITTEN))
@pytest.mark.parametrize("head", list(WRITTEN))
def test_a_head_may_speak_another_scheme_than_the_gold_tags(encoder, gold, head):
    labels, own = (list(VOCABULARIES[each].parts) for each in (gold, head))
    tagger = SpanTagger(Fixed(own, _true(head)), labels)
    results, notes, _ = _measured(encoder, labels, _true(gold), tagger)
    assert results["span_f1", ""].value == results["token_accuracy", ""].value == 1.0
    note = f"the head's tags are written in {head}; spans are compared"
    assert (note in notes) == (not (head is Scheme.IOB2 and VOCABULARIES[gold].family is Scheme.IOB2))


def test_a_head_that_speaks_io_finds_all_but_neighbours_of_one_type(encoder):
    labels = list(VOCABULARIES[Scheme.IOB2].parts)
    io = {words: [tag[2:] or "O" for tag in tags] for words, tags in _true(Scheme.IOB2).items()}
    results, _, _ = _measured(encoder, labels, _true(Scheme.IOB2), SpanTagger(Fixed(["O", *TYPES], io), labels))
    assert results["span_recall", ""].value == 0.5  # PER PER is one span of three words in IO
    assert results["span_precision", ""].value == pytest.approx(2 / 3)


def test_strict_and_conlleval_scores_are_both_estimated(encoder):
    labels = list(VOCABULARIES[Scheme.IOB2].parts)
    true = {"a b c": ["B-PER", "I-PER", "O"], "d e f": ["B-LOC", "O", "B-PER"]}
    predicted = {"a b c": ["I-PER", "I-PER", "O"], "d e f": ["B-LOC", "O", "I-LOC"]}
    results, _, observations = _measured(encoder, labels, true, Fixed(labels, predicted))
    assert results["span_f1", ""].value == pytest.approx(2 * 1 / (3 + 1))  # one of the three begins with B-
    assert (
        results["conlleval_f1", ""].value
        == pytest.approx(2 * 2 / (3 + 3))
        == _conlleval(true.values(), predicted.values())
    )
    resampled = Tagging(Parameters()).resampled(observations)["conlleval_f1", ""]
    assert resampled.value(np.ones((1, 2)))[0] == pytest.approx(results["conlleval_f1", ""].value)


def test_both_scores_agree_with_seqeval_where_tags_are_ill_formed_bioes():
    vocab = VOCABULARIES[Scheme.BIOES]
    true, predicted = [["B-PER", "E-PER", "O", "S-LOC"]], [["B-PER", "I-PER", "O", "E-LOC"]]
    both = compare_tags(true, predicted, vocab)
    assert both.predicted == [["O", "O", "O", "O"]]  # no span is well-formed
    assert both.lenient == both.true == [["B-PER", "I-PER", "O", "B-LOC"]]


def test_true_spans_that_begin_with_inside_are_counted_and_noted(encoder):
    labels = list(VOCABULARIES[Scheme.IOB2].parts)
    true = {"a b c": ["B-PER", "O", "I-LOC"], "d e": ["I-PER", "B-LOC"]}
    results, notes, _ = _measured(encoder, labels, true, Fixed(labels, true))
    assert results["span_recall", ""].value == 0.5  # the answers are read strictly, the truth loses none
    assert results["recall", "PER"].n == results["recall", "LOC"].n == 2
    assert notes == ("2 true spans begin with I- behind no word of their type; they count as spans, as in conlleval",)


@pytest.mark.parametrize("labels", [["B-PER", "I-PER", "O"], ["O", "B-PER", "I-PER"]])
def test_a_word_without_a_token_is_outside_whatever_the_order_of_the_tags(encoder, labels):
    class Blind(Fixed):
        def log_probabilities(self, sentences):
            answers = super().log_probabilities(sentences)
            for words, answer in zip(sentences, answers, strict=True):
                answer[[place for place, word in enumerate(words) if word == "\u200b"]] = -np.log(len(self.labels))
            return answers

    true = {"Ada \u200b met": ["B-PER", "O", "O"]}
    results, notes, observations = _measured(encoder, labels, true, Blind(labels, true))
    assert observations[0].data["predicted"] == ["B-PER", "O", "O"]
    assert results["span_f1", ""].value == 1.0
    assert notes == ("1 words have no token in this model's vocabulary and count as tagged O",)


def test_what_version_one_saw_is_estimated_as_it_was():
    observations = [Observation("1", {"true": ["B-PER", "I-PER"], "predicted": ["I-PER", "I-PER"]})]
    results = estimates(Tagging(Parameters()), observations)
    assert results["span_f1", ""].value == 0.0
    assert results["conlleval_f1", ""].value == 1.0


@pytest.mark.slow_after(4)
@pytest.mark.mirror
@pytest.mark.mirror
@pytest.mark.parametrize(
    "path",
    [
        "zliucr/CrossNER/ner_data/conll2003/test.txt",
        "zliucr/CrossNER/ner_data/politics/test.txt",
        "zliucr/CrossNER/ner_data/science/test.txt",
        "leondz/emerging_entities_17/emerging.test.annotated",
    ],
)
@pytest.mark.parametrize("scheme", [Scheme.IOB1, Scheme.BIOES, Scheme.BILOU])
def test_real_files_mean_the_same_when_they_are_rewritten(mirror, path, scheme):
    blocks = (mirror / "github" / path).read_text(encoding="utf-8").split("\n\n")
    rows = [[line.rsplit("\t", 1)[-1].strip() for line in block.splitlines() if "\t" in line] for block in blocks]
    sentences = [row for row in rows if row]
    vocab = vocabulary({tag for sentence in sentences for tag in sentence} | {"O"})
    assert scheme_of(sentences, vocab) is Scheme.IOB2
    spans = [lenient_spans(sentence, vocab) for sentence in sentences]
    assert spans == [[Span(*chunk) for chunk in _chunks(tags)] for tags in sentences]
    if scheme is Scheme.IOB1:
        again = [_iob1(each, len(tags)) for each, tags in zip(spans, sentences, strict=True)]
    else:
        again = [write_tags(each, len(tags), scheme) for each, tags in zip(spans, sentences, strict=True)]
    rewritten = vocabulary({tag for sentence in again for tag in sentence} | {"O"})
    neighbours = any(tag[0] == "B" for sentence in again for tag in sentence)
    assert scheme_of(again, rewritten) is (scheme if neighbours else Scheme.IO)  # this CoNLL-2003 parts no two spans
    assert to_iob2(again, rewritten) == [iob2(each, len(tags)) for each, tags in zip(spans, sentences, strict=True)]


def _iob1(spans, length):
    tags = iob2(spans, length)
    for place, tag in enumerate(iob2(spans, length)):
        if tag[0] == "B" and (place == 0 or tags[place - 1][2:] != tag[2:]):
            tags[place] = f"I{tag[1:]}"
    return tags
