"""The challenge: ten prompts against the clock, and the accuracy that they measure."""
