"""What other programs ask."""

from django.urls import path

from sportello.desks.api import health, metrics

urlpatterns = [
    path("health", health.health, name="health"),
    path("metrics", metrics.metrics, name="metrics"),
]
