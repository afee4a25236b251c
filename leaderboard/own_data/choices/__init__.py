"""Own data of multiple-choice questions."""
