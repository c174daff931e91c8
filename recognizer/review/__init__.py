"""Labels and ground truth: claims, reviews, the review queue and annotator accuracy."""
