"""Parts of `python -m bench.reviewers.population`."""
