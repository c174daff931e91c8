"""Parts of `python -m bench.population`: users, reviewers, the initial champion, the report."""
