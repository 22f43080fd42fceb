from django.apps import AppConfig


class PipelineConfig(AppConfig):
    name = "pipeline"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from briefs import covers
        from pipeline.covers import covers_of_generations
        from pipeline.event_words import WORDS
        from studio import events

        events.WORDS.update(WORDS)
        covers.SOURCES.append(covers_of_generations)
