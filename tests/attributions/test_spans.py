from leaderboard.attributions.spans import SpanTree


def spans(text, budget):
    words = text.split()
    return [" ".join(words[leaf.words.start : leaf.words.stop]) for leaf in SpanTree.of_words(words, budget).leaves]


def test_below_the_budget_the_units_are_the_words():
    assert spans("a dull film", 3) == ["a", "dull", "film"]


def test_above_it_sentences_come_first_then_clauses():
    text = "It began well, and slowly. The second half, which nobody saw, was dull."
    assert spans(text, 2) == ["It began well, and slowly.", "The second half, which nobody saw, was dull."]
    assert spans(text, 3)[1:] == ["The second half,", "which nobody saw, was dull."]


def test_without_any_punctuation_spans_are_halves():
    assert [len(each.split()) for each in spans("word " * 64, 16)] == [4] * 16


def test_the_units_of_a_tree_are_numbered_from_left_to_right():
    tree = SpanTree.of_words(["w"] * 11, 7)
    assert [leaf.units for leaf in tree.leaves] == [range(at, at + 1) for at in range(7)]
    assert [word for leaf in tree.leaves for word in leaf.words] == list(range(11))


def test_a_single_word_is_a_unit():
    assert spans("dull", 64) == ["dull"]
