from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    name = "interview_site.integrations"
    label = "integrations"
