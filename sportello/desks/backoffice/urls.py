"""The pages of those who work for the company."""

from django.urls import path

from sportello.desks.backoffice import home

urlpatterns = [
    path("", home.home, name="staff_home"),
]
