"""The pages of those who work for the company."""

from django.urls import path

from sportello.desks.backoffice import (
    administration,
    bounds,
    customers,
    home,
    invoices,
    letters,
    queue,
    readings,
    request_kinds,
    rules,
    terms,
    wordings,
)
from sportello.desks.backoffice.requests import acting, listing, page, suspects
from sportello.desks.backoffice.requests.letters import letters as request_letters

urlpatterns = [
    path("", home.home, name="staff_home"),
    path("readings/", queue.listing, name="staff_readings"),
    path("readings/<code:number>/", readings.detail, name="staff_reading"),
    path("readings/<code:number>/decide/", readings.decide, name="staff_decide_reading"),
    path("requests/", listing.listing, name="staff_requests"),
    path("requests/suspects/", suspects.listing, name="staff_suspects"),
    path("requests/<code:number>/", page.detail, name="staff_request"),
    path("requests/<code:number>/write/", acting.write, name="staff_write_request"),
    path("requests/<code:number>/decide/", acting.decide, name="staff_decide_request"),
    path("requests/<code:number>/letters/", request_letters, name="staff_request_letters"),
    path("customers/", customers.listing, name="staff_customers"),
    path("customers/<code:code>/invoice-mail/", customers.invoice_mail, name="staff_invoice_mail"),
    path("invoices/undelivered/", invoices.undelivered, name="staff_undelivered"),
    path("invoices/<code:number>/", invoices.detail, name="staff_invoice"),
    path("invoices/<code:number>/resend/", invoices.resend, name="staff_resend_invoice"),
    path("letters/", letters.listing, name="staff_letters"),
    path("letters/sheets/", letters.sheets, name="staff_letter_sheets"),
    path("letters/mark/", letters.mark, name="staff_mark_letters"),
    path("rules/readings/", rules.listing, name="reading_rules"),
    path("rules/readings/add/", rules.add, name="reading_rules_add"),
    path("rules/readings/<int:pk>/", rules.edit, name="reading_rules_edit"),
    path("rules/readings/<int:pk>/delete/", rules.delete, name="reading_rules_delete"),
    path("administration/", administration.overview, name="administration"),
    path("administration/kinds/", request_kinds.settings, name="request_kinds"),
    path("administration/terms/", terms.listing, name="terms"),
    path("administration/terms/add/", terms.add, name="terms_add"),
    path("administration/terms/<int:pk>/", terms.edit, name="terms_edit"),
    path("administration/terms/<int:pk>/delete/", terms.delete, name="terms_delete"),
    path("administration/bounds/", bounds.listing, name="bounds"),
    path("administration/bounds/add/", bounds.add, name="bounds_add"),
    path("administration/bounds/<int:pk>/", bounds.edit, name="bounds_edit"),
    path("administration/bounds/<int:pk>/delete/", bounds.delete, name="bounds_delete"),
    path("administration/texts/", wordings.listing, name="wordings"),
    path("administration/texts/<slug:text>/", wordings.edit, name="wording"),
    path("administration/versions/<int:pk>/remove/", wordings.remove, name="wording_remove"),
]
