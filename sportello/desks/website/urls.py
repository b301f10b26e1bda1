"""Sign-in and sign-out, the language, the company's colour: what is there for everybody."""

from allauth.account.views import LoginView, LogoutView
from django.urls import include, path
from django.views.i18n import set_language

from sportello.desks.policies import OF_THE_BROWSER, PUBLIC
from sportello.desks.website import (
    asking,
    first_access,
    invoice_address,
    mailbox,
    places,
    recovery,
    stopping,
    views,
    visits,
)

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", PUBLIC(LoginView.as_view()), name="account_login"),
    path("sign-out/", OF_THE_BROWSER(LogoutView.as_view()), name="account_logout"),
    path("language/", OF_THE_BROWSER(views.post_only(set_language)), name="set_language"),
    path("places/", places.places, name="places"),
    path("ask/", asking.choose, name="ask"),
    path("ask/receipt/", asking.receipt, name="ask_receipt"),
    path("ask/status/", visits.status, name="ask_status"),
    path("ask/request/", visits.one, name="ask_request"),
    path("ask/request/files/<int:position>/", visits.file, name="ask_file"),
    path("ask/<slug:kind>/", asking.one, name="ask_kind"),
    path("first-access/", first_access.start, name="first_access"),
    path("first-access/details/", first_access.details, name="first_access_details"),
    path("first-access/password/", first_access.finish, name="first_access_finish"),
    path("first-access/done/", first_access.done, name="first_access_done"),
    path("first-access/lost-code/", first_access.lost_code, name="lost_code"),
    path("first-access/lost-code/sent/", first_access.lost_code_sent, name="lost_code_sent"),
    path("forgot-password/", recovery.forgot_password, name="forgot_password"),
    path("forgot-password/mail/", recovery.sent, {"by_post": False}, name="forgot_password_by_mail"),
    path("forgot-password/post/", recovery.sent, {"by_post": True}, name="forgot_password_by_post"),
    path("choose-password/<slug:token>/", recovery.choose_password, name="choose_password"),
    path("recovery-code/", recovery.recovery_code, name="recovery_code"),
    path("recovery-code/password/", recovery.recovery_code_password, name="recovery_code_password"),
    path("prove-email/<slug:token>/", recovery.prove_email, name="prove_email"),
    path("email-proven/", recovery.email_proven, name="email_proven"),
    path("confirm-invoice-address/<slug:token>/", invoice_address.prove_invoice_address, name="prove_invoice_address"),
    path("stop-request/<slug:token>/", stopping.stop_request, name="stop_request"),
    path("demo/mailbox/", mailbox.listing, name="mailbox"),
    path("demo/mailbox/<int:number>/", mailbox.message, name="mail"),
    path("theme-<slug:colour>.css", views.theme, name="theme"),
    path("icon-<slug:colour>.svg", views.icon, name="icon"),
    path("favicon.ico", views.favicon, name="favicon"),
    path("robots.txt", views.robots, name="robots"),
    path("", include("sportello.desks.website.second_factor_urls")),
]
