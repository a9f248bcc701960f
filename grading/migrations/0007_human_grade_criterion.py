import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grading", "0006_rubric_truths"),
    ]

    operations = [
        migrations.AddField(
            model_name="humangrade",
            name="criterion",
            field=models.ForeignKey(
                blank=True,
                help_text="The one that a decision for a group, or on an appeal, is about.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="grading.criterion",
            ),
        ),
    ]
