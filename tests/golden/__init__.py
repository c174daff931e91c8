"""Characterisation tests: recorded behaviour that refactoring must not change."""
