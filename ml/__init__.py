"""Pure machine learning of Digitsite: strokes in, predictions out. Knows no web framework."""
