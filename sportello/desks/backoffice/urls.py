"""The pages of those who work for the company."""

from django.urls import path

from sportello.desks.backoffice import home, queue, readings, rules
from sportello.desks.backoffice.requests import acting, letters, listing, page

urlpatterns = [
    path("", home.home, name="staff_home"),
    path("readings/", queue.listing, name="staff_readings"),
    path("readings/<code:number>/", readings.detail, name="staff_reading"),
    path("readings/<code:number>/decide/", readings.decide, name="staff_decide_reading"),
    path("requests/", listing.listing, name="staff_requests"),
    path("requests/<code:number>/", page.detail, name="staff_request"),
    path("requests/<code:number>/write/", acting.write, name="staff_write_request"),
    path("requests/<code:number>/decide/", acting.decide, name="staff_decide_request"),
    path("requests/<code:number>/letters/", letters.letters, name="staff_request_letters"),
    path("rules/readings/", rules.listing, name="reading_rules"),
    path("rules/readings/add/", rules.add, name="reading_rules_add"),
    path("rules/readings/<int:pk>/", rules.edit, name="reading_rules_edit"),
    path("rules/readings/<int:pk>/delete/", rules.delete, name="reading_rules_delete"),
]
