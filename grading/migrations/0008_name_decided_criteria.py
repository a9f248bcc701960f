from typing import Any

from django.db import migrations


def name_criteria(apps: Any, schema_editor: Any) -> None:
    """What earlier decisions on one criterion were about: the appeal's, or the one verdict that a group's changed."""
    human_grades = apps.get_model("grading", "HumanGrade").objects
    for appeal in apps.get_model("grading", "Appeal").objects.exclude(grade=None):
        human_grades.filter(grade=appeal.grade_id).update(criterion=appeal.criterion_id)
    grades = apps.get_model("grading", "Grade").objects
    for human in human_grades.filter(act="group").select_related("grade"):
        decided = _verdicts(human.grade)
        for grade in grades.filter(answer=human.grade.answer_id, pk__lt=human.grade_id).order_by("-pk"):
            before = _verdicts(grade)
            changed = [key for key, verdict in decided.items() if before.get(key, verdict) != verdict]
            if len(changed) == 1:
                human_grades.filter(pk=human.pk).update(criterion=changed[0])
                break


def _verdicts(grade: Any) -> dict[Any, str]:
    return dict(grade.criterion_scores.exclude(criterion=None).values_list("criterion", "verdict"))


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0007_human_grade_criterion"),
    ]

    operations = [
        migrations.RunPython(name_criteria, migrations.RunPython.noop),
    ]
