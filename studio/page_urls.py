"""The app's pages."""

from __future__ import annotations

from django.urls import path

from studio.views import account, activity, health, home, notifications, people, session

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", session.log_in, name="login"),
    path("logout/", session.log_out, name="logout"),
    path("password-reset/", session.password_reset, name="password-reset"),
    path("password-reset/sent/", session.password_reset_done, name="password-reset-done"),
    path("password-reset/<uidb64>/<token>/", session.password_reset_confirm, name="password-reset-confirm"),
    path("invitations/<str:token>/", session.invitation, name="invitation"),
    path("people/", people.people, name="people"),
    path("people/invite/", people.invite, name="person-invite"),
    path("people/brands/", people.brand_new, name="brand-new"),
    path("people/<int:pk>/roles/", people.role_grant, name="role-grant"),
    path("people/roles/<int:pk>/remove/", people.role_remove, name="role-remove"),
    path("people/invitations/<int:pk>/revoke/", people.invitation_revoke, name="invitation-revoke"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="account-password"),
    path("account/token/", account.token, name="account-token"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.read_all, name="notifications-read-all"),
    path("notifications/<int:pk>/", notifications.follow, name="notification"),
    path("activity/", activity.activity, name="events"),
    path("health/", health.health, name="health"),
]
