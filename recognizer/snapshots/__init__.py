"""Immutable training sets of agreed labels, split by user and verified by their hash."""
