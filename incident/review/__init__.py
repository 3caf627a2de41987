"""Looking back, read-only: proof, evidence, explanations, figures, the review and the hand-over."""
