"""Own data of words with tags: CoNLL files."""
