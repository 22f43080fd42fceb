from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "review"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from briefs import covers
        from review.covers import covers_of_drafts
        from review.event_words import EVENT_WORDS
        from review.home import delivered_for, waiting_for
        from studio import home
        from studio.events import WORDS

        WORDS.update(EVENT_WORDS)
        covers.SOURCES.append(covers_of_drafts)
        home.SECTIONS += [waiting_for, delivered_for]
