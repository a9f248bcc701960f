"""The calibration's coefficients, fitted on people's marks with questions disjoint: one set for all subjects."""

from typing import NamedTuple


class Curve(NamedTuple):
    """What each feature adds to the log-odds of credit, and the shape of the curve over their sum.

    alternatives is taken away times the logarithm of the number of wordings; below floor there is no credit,
    above ceiling all of it.
    """

    weights: tuple[tuple[str, float], ...]
    intercept: float
    alternatives: float
    slope: float
    floor: float
    ceiling: float


CURVES: dict[str, Curve] = {
    "lexical": Curve(
        weights=(
            ("every", 1.633),
            ("rubric", 0.838),
            ("said", 1.429),
            ("negated", -0.925),
            ("meaning", 0.319),
            ("overall", 2.858),
        ),
        intercept=-1.49,
        alternatives=1.9,
        slope=1.2,
        floor=0.2,
        ceiling=0.98,
    ),
    "static": Curve(
        weights=(
            ("every", 1.791),
            ("rubric", 2.241),
            ("said", 0.528),
            ("negated", -0.704),
            ("meaning", 0.883),
            ("overall", 2.544),
        ),
        intercept=-2.816,
        alternatives=1.56,
        slope=1.1,
        floor=0.17,
        ceiling=0.94,
    ),
    "contextual": Curve(
        weights=(
            ("every", 1.329),
            ("rubric", 2.816),
            ("said", 0.711),
            ("negated", -0.585),
            ("likeness", 0.5),
            ("meaning", 0.639),
            ("overall", 1.998),
        ),
        intercept=-3.352,
        alternatives=1.66,
        slope=0.92,
        floor=0.17,
        ceiling=0.94,
    ),
}
