"""The parts of `python -m bench.population`: people, reviewers, a champion, their answers."""
