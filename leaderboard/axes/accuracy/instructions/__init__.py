"""Instruction checks: rules by which a program decides whether a text follows an instruction."""
