"""Measures one language model on six axes with honest error bars."""

__version__ = "0.1.0"
