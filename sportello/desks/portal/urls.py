"""The customer's pages."""

from django.urls import path

from sportello.desks.portal import fresh, invoices, overview, paying, supplies

urlpatterns = [
    path("overview/", overview.overview, name="overview"),
    path("freshness/", fresh.freshness, name="freshness"),
    path("invoices/", invoices.listing, name="invoices"),
    path("invoices/<code:number>/", invoices.detail, name="invoice"),
    path("invoices/<code:number>/pay/", paying.one, name="pay_invoice"),
    path("pay/", paying.listing, name="pay"),
    path("supplies/", supplies.listing, name="supplies"),
    path("supplies/<code:code>/", supplies.detail, name="supply"),
]
