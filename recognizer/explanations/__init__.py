"""Explanations of the champion's predictions, computed on request and cached for a while."""
