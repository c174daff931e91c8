"""Training sets written to files."""
