"""The app's pages."""

from __future__ import annotations

from django.urls import path

from briefs.views import board, briefs, facts, intake, mattes, pieces

urlpatterns = [
    path("pieces/", pieces.pieces, name="pieces"),
    path("pieces/new/", pieces.piece_new, name="piece-new"),
    path("pieces/<int:pk>/", pieces.piece, name="piece"),
    path("pieces/<int:pk>/archive/", pieces.piece_archive, name="piece-archive"),
    path("pieces/<int:pk>/photos/", pieces.photo_upload, name="photo-upload"),
    path("photos/<int:pk>/status/", pieces.photo_status, name="photo-status"),
    path("photos/<int:pk>/matte/", mattes.matte_page, name="photo-matte"),
    path("photos/<int:pk>/matte/try/", mattes.matte_try, name="matte-try"),
    path("photos/<int:pk>/matte/drop/", mattes.matte_drop, name="matte-drop"),
    path("mattes/<int:pk>/", mattes.matte_trial, name="matte"),
    path("mattes/<int:pk>/keep/", mattes.matte_keep, name="matte-keep"),
    path("mattes/<int:pk>/<slug:kind>/", mattes.matte_file, name="matte-file"),
    path("photos/<int:pk>/facts/", facts.facts_page, name="photo-facts"),
    path("photos/<int:pk>/facts/state/", facts.facts_state, name="photo-facts-state"),
    path("photos/<int:pk>/facts/line/", facts.facts_line, name="photo-facts-line"),
    path("photos/<int:pk>/facts/read/", facts.facts_read, name="photo-facts-read"),
    path("fingerprints/<int:pk>/confirm/", facts.facts_confirm, name="facts-confirm"),
    path("photos/<int:pk>/<slug:kind>/", pieces.photo_file, name="photo-file"),
    path("briefs/", briefs.briefs, name="briefs"),
    path("briefs/new/", intake.brief_new, name="brief-new"),
    path("briefs/<int:pk>/", briefs.brief, name="brief"),
    path("briefs/<int:pk>/edit/", intake.brief_edit, name="brief-edit"),
    path("briefs/<int:pk>/card/", intake.brief_card, name="brief-card"),
    path("briefs/<int:pk>/do/<slug:name>/", briefs.brief_action, name="brief-action"),
    path("briefs/<int:pk>/pieces/", intake.brief_piece_add, name="brief-piece-add"),
    path("briefs/<int:pk>/pieces/new/", intake.brief_piece_new, name="brief-piece-new"),
    path("briefs/pieces/<int:pk>/", intake.brief_piece, name="brief-piece"),
    path("briefs/<int:pk>/references/", intake.reference_upload, name="reference-upload"),
    path("references/<int:pk>/remove/", intake.reference_remove, name="reference-remove"),
    path("references/<int:pk>/<slug:kind>/", intake.reference_file, name="reference-file"),
    path("board/", board.board, name="board"),
    path("shots/<int:pk>/plan/", board.shot_plan, name="shot-plan"),
    path("shots/<int:pk>/move/", board.shot_move, name="shot-move"),
]
