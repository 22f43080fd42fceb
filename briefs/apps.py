from django.apps import AppConfig


class BriefsConfig(AppConfig):
    name = "briefs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from briefs.event_words import EVENT_WORDS
        from briefs.home import for_brand, for_studio
        from studio.events import WORDS
        from studio.home import SECTIONS

        WORDS.update(EVENT_WORDS)
        SECTIONS.extend([for_brand, for_studio])
