"""Loss of fine-tuning: distillation from the base model on rehearsal data, and the generalized
cross-entropy on user drawings."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def build_soft_targets(labels: Tensor, num_classes: int, label_smoothing: float) -> Tensor:
    """Return one-hot targets (B, classes) with label smoothing; labels (B,)."""
    one_hot = F.one_hot(labels, num_classes).float()
    return one_hot * (1 - label_smoothing) + label_smoothing / num_classes


def distill(targets: Tensor, teacher_logits: Tensor, is_rehearsal: Tensor, weight: float) -> None:
    """Mix the base model's predictions for the rehearsal images (R, classes) into their targets
    (B, classes), in place: learning without forgetting (Li & Hoiem, arXiv:1606.09282).

    The weight goes from 0, targets unchanged, to 1, the teacher's probabilities alone.
    """
    probabilities = teacher_logits.float().softmax(1)
    targets[is_rehearsal] = torch.lerp(targets[is_rehearsal], probabilities, weight)


def compute_gce_weights(logits: Tensor, labels: Tensor, is_rehearsal: Tensor, q: float) -> Tensor:
    """Return loss weights (B,): 1 for rehearsal images, the probability of the label to the power
    q for user drawings, so that wrong labels are not memorized. With q = 0 all weights are 1.

    The gradient is that of the generalized cross-entropy (Zhang & Sabuncu, arXiv:1805.07836).
    """
    confidence = logits.detach().softmax(1).gather(1, labels[:, None])[:, 0]
    return torch.where(is_rehearsal, 1.0, confidence**q)
