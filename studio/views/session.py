"""Getting in and out: log-in, log-out, a new password by mail, accepting an invitation."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlsafe_base64_decode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studio import actions, throttle
from studio.actions.invitations import open_invitation
from studio.forms import AcceptInvitation, AskForReset, LogIn, NewPassword
from studio.mail import post
from studio.models import Person
from studio.tasks import send_password_reset

log = logging.getLogger("loupe.session")
TOO_OFTEN = "Too many tries. Wait a quarter of an hour, or set a new password by mail."
BACKEND = "django.contrib.auth.backends.ModelBackend"


def _next(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else resolve_url("home")


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(_next(request))
    if request.method == "GET":
        return render(request, "registration/login.html", {"form": LogIn(request), "next": _next(request)})
    email = request.POST.get("username", "")
    if throttle.is_braked("login", email, request):
        form = LogIn(request, initial={"username": email})
        return render(
            request, "registration/login.html", {"form": form, "next": _next(request), "braked": TOO_OFTEN}, status=429
        )
    form = LogIn(request, request.POST)
    if not form.is_valid():
        throttle.count_failure("login", email, request)
        return render(request, "registration/login.html", {"form": form, "next": _next(request)}, status=422)
    throttle.clear("login", email, request)
    login(request, form.get_user())
    return redirect(_next(request))


@login_not_required
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, "You are logged out.")
    return redirect("login")


@login_not_required
@require_http_methods(["GET", "POST"])
def password_reset(request: HttpRequest) -> HttpResponse:
    """Asks for an e-mail. The answer is the same for one that exists and one that doesn't."""
    form = AskForReset(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return render(
            request, "registration/password_reset.html", {"form": form}, status=422 if request.method == "POST" else 200
        )
    email = form.cleaned_data["email"].lower()
    if throttle.is_braked("reset", email, request):
        return render(
            request,
            "registration/password_reset.html",
            {"form": form, "braked": "Too many tries. Wait a quarter of an hour."},
            status=429,
        )
    throttle.count_failure("reset", email, request)
    person = Person.objects.filter(email=email, is_active=True).first()
    if person is not None and not post("send_password_reset", person.pk):
        _mail_now(person)
    return redirect("password-reset-done")


def _mail_now(person: Person) -> None:
    """Without a broker, from here: a reset has no row that could be found later. What fails is logged, and answered as
    everything else is, so that it tells nobody who exists."""
    try:
        send_password_reset(person.pk)
    except OSError:
        log.exception("neither the broker nor the mail server answers")


@login_not_required
@require_GET
def password_reset_done(request: HttpRequest) -> HttpResponse:
    return render(request, "registration/password_reset_done.html")


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password_reset_confirm(request: HttpRequest, uidb64: str, token: str) -> HttpResponse:
    """The mail's link. It works once: a new password voids it."""
    person = _person_of(uidb64)
    if person is None or not default_token_generator.check_token(person, token):
        return render(request, "registration/password_reset_confirm.html", {"form": None}, status=404)
    form = NewPassword(person, request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return render(
            request,
            "registration/password_reset_confirm.html",
            {"form": form, "person": person},
            status=422 if request.method == "POST" else 200,
        )
    actions.reset_password(person, form.cleaned_data["new_password1"])
    messages.success(request, "Your new password works from now on. Log in with it.")
    return redirect("login")


def _person_of(uidb64: str) -> Person | None:
    try:
        pk = int(urlsafe_base64_decode(uidb64).decode())
    except (ValueError, OverflowError, UnicodeDecodeError):
        return None
    return Person.objects.filter(pk=pk, is_active=True).first() if pk < 2**63 else None


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Who is new names themselves and chooses a password; who has an account logs in and accepts."""
    found = open_invitation(token)
    facts = {"invitation": found, "here": reverse("invitation", args=[token])}
    if request.user.is_authenticated:
        if request.method == "POST":
            actions.accept_invitation(found, by=request.user)
            messages.success(
                request, f"Welcome: you are {found.get_role_display().lower()} at {found.brand or 'the studio'}."
            )
            return redirect("home")
        return render(request, "studio/invitation.html", {**facts, "other": request.user.email != found.email})
    if Person.objects.filter(email=found.email).exists():
        return render(request, "studio/invitation.html", {**facts, "has_account": True})
    form = AcceptInvitation(request.POST or None, email=found.email)
    if request.method == "GET" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "studio/invitation.html", {**facts, "form": form}, status=status)
    person = actions.accept_invitation(found, name=form.cleaned_data["name"], password=form.cleaned_data["password"])
    login(request, person, backend=BACKEND)
    messages.success(request, f"Welcome to Loupe, {person.name}.")
    return redirect("home")
