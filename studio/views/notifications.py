"""What a person was told: the list, following one to its place, marking all read."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from studio import actions
from studio.models import Notification
from studio.permissions import get_visible
from studio.requests import PageRequest

PAGE = 40


@require_GET
def notifications(request: PageRequest) -> HttpResponse:
    rows = Notification.objects.visible_to(request.user).select_related("brand")
    only_unread = request.GET.get("show") == "unread"
    page = Paginator(rows.unread() if only_unread else rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "studio/notifications.html", {"page": page, "only_unread": only_unread})


@require_POST
def follow(request: PageRequest, pk: int) -> HttpResponse:
    """Marks it read and goes where it leads: a POST, so that a browser that looks ahead marks nothing."""
    row = get_visible(Notification.objects, request.user, pk=pk)
    actions.mark_read(row, by=request.user)
    safe = url_has_allowed_host_and_scheme(row.url, allowed_hosts={request.get_host()})
    return redirect(row.url if safe else "notifications")


@require_POST
def read_all(request: PageRequest) -> HttpResponse:
    count = actions.mark_all_read(by=request.user)
    if count:
        messages.success(request, f"{count} marked as read.")
    return redirect("notifications")
