"""The machine learning of Digitsite: strokes in, predictions out. Imports no web framework."""
