"""Explanations of one prediction: feature maps, attribution, counterfactual, augmented variants and
nearest training examples. Needs torch."""
