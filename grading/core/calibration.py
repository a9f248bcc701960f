"""Calibration: from features to credit, by one small monotone model for all subjects."""

from math import exp, log

from grading.core.features import Features
from grading.core.figures import CURVES, Curve


def credit(features: Features, alternatives: int, level: str) -> float:
    """The share of a criterion's points, 0..1, that people would give for these features.

    A logistic curve over a weighted sum, stretched so that it reaches both ends. The best of several wordings
    fits by chance more often than one does, so their number raises the bar by its logarithm.
    """
    curve: Curve = CURVES[level]
    total = curve.intercept - curve.alternatives * log(max(1, alternatives))
    for name, weight in curve.weights:
        total += weight * getattr(features, name)
    share = 1 / (1 + exp(-curve.slope * total))
    return min(1.0, max(0.0, (share - curve.floor) / (curve.ceiling - curve.floor)))
