"""The app's pages."""

from __future__ import annotations

from django.urls import path

from review.views import deliveries, drafts, gates, lists, marks

urlpatterns = [
    path("reviews/", lists.reviews, name="reviews"),
    path("briefs/<int:pk>/rounds/", lists.round_send, name="round-send"),
    path("generations/<int:pk>/propose/", drafts.draft_propose, name="draft-propose"),
    path("drafts/<int:pk>/", drafts.draft_page, name="draft"),
    path("drafts/<int:pk>/do/<slug:name>/", drafts.draft_do, name="draft-do"),
    path("drafts/<int:pk>/picture/<slug:kind>/", drafts.draft_picture, name="draft-picture"),
    path("drafts/<int:pk>/report/", drafts.draft_report, name="draft-report"),
    path("drafts/<int:pk>/thread/", marks.thread, name="draft-thread"),
    path("drafts/<int:pk>/annotations/", marks.annotation_new, name="annotation-new"),
    path("annotations/<int:pk>/do/<slug:name>/", marks.annotation_do, name="annotation-do"),
    path("annotations/<int:pk>/comments/", marks.comment_new, name="comment-new"),
    path("shots/<int:pk>/marks/", marks.desk_marks, name="desk-marks"),
    path("gate/", gates.own_gate, name="gate"),
    path("brands/<int:pk>/gate/", gates.brand_gate, name="brand-gate"),
    path("briefs/<int:pk>/gate/", gates.brief_gate, name="brief-gate"),
    path("deliveries/", deliveries.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/", deliveries.delivery, name="delivery"),
    path("deliveries/<int:pk>/download/", deliveries.delivery_download, name="delivery-download"),
    path("briefs/<int:pk>/deliver/", deliveries.delivery_make, name="delivery-make"),
]
