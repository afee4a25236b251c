"""Own data of words with tags: CoNLL files, and lists in tables and data sets."""
