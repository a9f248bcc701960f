from django.apps import AppConfig
from django.conf import settings


class InterviewSiteConfig(AppConfig):
    name = "interview_site"

    def ready(self) -> None:
        """With a broker, tasks need the Celery app; without one, nobody pays for importing it."""
        if settings.REDIS_URL:
            import interview_site.celery  # noqa: F401
