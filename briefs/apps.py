from django.apps import AppConfig


class BriefsConfig(AppConfig):
    name = "briefs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from briefs.event_words import EVENT_WORDS
        from studio.events import WORDS

        WORDS.update(EVENT_WORDS)
