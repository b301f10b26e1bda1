"""What other programs ask."""

from django.urls import path

from sportello.desks.api import health

urlpatterns = [
    path("health", health.health, name="health"),
]
