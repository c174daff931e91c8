"""Characterisation tests: what must stay the same while the code is rearranged."""
