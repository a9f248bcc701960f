from django.apps import AppConfig


class SessionsConfig(AppConfig):
    """The folder's name clashes with django.contrib.sessions, so the label differs."""

    name = "sessions"
    label = "interview_sessions"
    verbose_name = "Interviews"
