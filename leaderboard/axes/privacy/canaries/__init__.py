"""Canaries: random texts that are planted in the training data, by which memorisation is measured."""
