"""One's own account: name, mails, password, API token."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.authtoken.models import Token

from studio import actions
from studio.forms import Account, ChangePassword
from studio.requests import PageRequest


def _page(request: PageRequest, status: int = 200, **facts: object) -> HttpResponse:
    person = request.user
    own = {
        "form": Account(initial={"name": person.name, "mail_notifications": person.mail_notifications}),
        "password_form": ChangePassword(person),
        "memberships": person.memberships.select_related("brand").order_by("brand__name", "role"),
        "token_made": Token.objects.filter(user=person).values_list("created", flat=True).first(),
    }
    return render(request, "studio/account.html", {**own, **facts}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def account(request: PageRequest) -> HttpResponse:
    if request.method == "GET":
        return _page(request)
    form = Account(request.POST)
    if not form.is_valid():
        return _page(request, 422, form=form)
    actions.change_account(request.user, by=request.user, **form.cleaned_data)
    messages.success(request, "Saved.")
    return redirect("account")


@never_cache
@sensitive_post_parameters()
@require_POST
def password(request: PageRequest) -> HttpResponse:
    form = ChangePassword(request.user, request.POST)
    if not form.is_valid():
        return _page(request, 422, password_form=form)
    actions.change_password(request.user, form.cleaned_data["new_password1"], by=request.user)
    # This browser stays logged in; every other one is out.
    update_session_auth_hash(request, request.user)
    messages.success(request, "Your password is changed. Other browsers are logged out.")
    return redirect("account")


@never_cache
@require_POST
def token(request: PageRequest) -> HttpResponse:
    """Shows the new token in the answer itself: it is kept in no message, and not shown again."""
    return _page(request, new_token=actions.reset_token(request.user, by=request.user))
