"""Celery: rings for due jobs and beats for the sweeps. The queue itself is in the database."""

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "interview_site.settings")

app = Celery("interview_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    "sweep": {
        "task": "grading.tasks.sweep",
        "schedule": settings.GRADING_SWEEP_SECONDS,
        "options": {"expires": settings.GRADING_SWEEP_SECONDS, "retry": False},
    }
}
app.autodiscover_tasks()
