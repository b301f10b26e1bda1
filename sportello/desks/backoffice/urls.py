"""The pages of those who work for the company."""

from django.urls import path

from sportello.desks.backoffice import home, queue, readings, rules

urlpatterns = [
    path("", home.home, name="staff_home"),
    path("readings/", queue.listing, name="staff_readings"),
    path("readings/<code:number>/", readings.detail, name="staff_reading"),
    path("readings/<code:number>/decide/", readings.decide, name="staff_decide_reading"),
    path("rules/readings/", rules.listing, name="reading_rules"),
    path("rules/readings/add/", rules.add, name="reading_rules_add"),
    path("rules/readings/<int:pk>/", rules.edit, name="reading_rules_edit"),
    path("rules/readings/<int:pk>/delete/", rules.delete, name="reading_rules_delete"),
]
