"""Sign-in and sign-out, the language, the company's colour: what is there for everybody."""

from allauth.account.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language

from sportello.desks.policies import PUBLIC
from sportello.desks.website import views

urlpatterns = [
    path("", views.home, name="home"),
    path("sign-in/", PUBLIC(LoginView.as_view()), name="account_login"),
    path("sign-out/", PUBLIC(LogoutView.as_view()), name="account_logout"),
    path("language/", PUBLIC(views.post_only(set_language)), name="set_language"),
    path("theme-<slug:colour>.css", views.theme, name="theme"),
]
