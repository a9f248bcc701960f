"""The graders that evaluate_grader can measure, as one kind of function each."""

from django.conf import settings

from grading import semantics
from grading.core.assessment import Assessment, CriterionAssessment, Verdict
from grading.core.reading_copy import reading_copy, regardless
from grading.core.rubric import Rubric
from grading.evaluation import EvaluationError, Grade
from grading.llm import configuration
from grading.llm.errors import CallError
from grading.llm.judge import Model, judge

GRADERS = ("offline", "model")


def grader_named(name: str, level: str) -> Grade:
    """The grader, ready to work. Raises EvaluationError when it, or its level, is not installed or configured."""
    try:
        semantics.semantics_for(level, settings.GRADING_MODEL_FOLDER)
    except semantics.LevelUnavailableError as error:
        raise EvaluationError(str(error)) from error

    def offline(question: str, rubric: Rubric, answer: str) -> Assessment:
        folder = settings.GRADING_MODEL_FOLDER
        # As the web application reads it: what speaks to the grader is set aside.
        return regardless(
            lambda text: semantics.grade(question, rubric, text, level=level, model_folder=folder), answer
        )

    if name == "offline":
        return offline
    if not configuration.is_wanted():
        raise EvaluationError(
            "no model is configured: set GRADING_MODEL, and the address and key of its endpoint"
        )
    from grading.llm.client import ModelClient  # needs openai, which only the model grader needs

    return model_grader(ModelClient(configuration.endpoint()), offline)


def model_grader(model: Model, offline: Grade) -> Grade:
    """The model's judgement of an answer. A call that fails leaves the answer without a mark, never with a zero."""

    def grade(question: str, rubric: Rubric, answer: str) -> Assessment:
        first = offline(question, rubric, answer)
        try:
            return judge(model, question, rubric, reading_copy(answer), first).assessment
        except CallError as error:
            unsure = tuple(
                CriterionAssessment(criterion.id, Verdict.UNSURE, 0.0, rationale=str(error), confidence=0.0)
                for criterion in rubric.criteria
            )
            return Assessment(unsure, None, rubric.max_points, ("failed",), "model")

    return grade
