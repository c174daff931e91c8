"""Side-by-side comparison: the predictions of all shown models for one drawing.

A background worker makes them on request and stores nothing; recognition does not depend on it.
"""
