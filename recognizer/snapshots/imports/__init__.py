"""Training sets read from files."""
