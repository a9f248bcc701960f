from django.apps import AppConfig


class GradingConfig(AppConfig):
    name = "grading"

    def ready(self) -> None:
        from django.core.checks import register

        from grading.checks import level_is_installed

        register(level_is_installed)
