"""The customer's pages."""

from django.urls import path

from sportello.desks.portal import (
    account,
    consumption,
    fresh,
    invoices,
    overview,
    paying,
    readings,
    reminders,
    requests,
    several,
    supplies,
    uploads,
)

urlpatterns = [
    path("overview/", overview.overview, name="overview"),
    path("freshness/", fresh.freshness, name="freshness"),
    path("invoices/", invoices.listing, name="invoices"),
    path("invoices/<code:number>/", invoices.detail, name="invoice"),
    path("invoices/<code:number>/pay/", paying.one, name="pay_invoice"),
    path("pay/", paying.listing, name="pay"),
    path("supplies/", supplies.listing, name="supplies"),
    path("supplies/<code:code>/", supplies.detail, name="supply"),
    path("supplies/<code:code>/consumption/", consumption.consumption, name="consumption"),
    path("readings/", readings.listing, name="readings"),
    path("readings/upload/", uploads.upload, name="readings_upload"),
    path("readings/upload/template.csv", uploads.template, name="readings_template"),
    path("readings/several/", several.several, name="readings_several"),
    path("readings/<code:supply>/", readings.one, name="reading"),
    path("readings/<code:supply>/draft/", readings.draft, name="reading_draft"),
    path("requests/", requests.listing, name="requests"),
    path("requests/<code:number>/", requests.detail, name="request"),
    path("requests/<code:number>/thread/", requests.thread, name="request_thread"),
    path("account/", account.overview, name="account"),
    path("account/log/", account.access_log, name="access_log"),
    path("account/user-name/", account.username, name="change_username"),
    path("account/password/", account.password, name="change_password"),
    path("account/question/", account.question, name="change_question"),
    path("account/saved-code/", account.saved_code, name="saved_code"),
    path("account/email/", account.email, name="change_email"),
    path("account/email/remove/", account.remove_email, name="remove_email"),
    path("account/reminders/", reminders.reminders, name="reminders"),
    path("account/customers/add/", account.add_customer, name="add_customer"),
]
