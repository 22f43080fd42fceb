from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "studio"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from studio.event_words import WORDS as OWN
        from studio.events import WORDS

        WORDS.update(OWN)
