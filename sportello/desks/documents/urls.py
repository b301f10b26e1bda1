"""The one door for PDFs and other documents."""

from django.urls import path

from sportello.desks.documents import archives, attachments, by_link, consumption, for_staff, mandates, photos, views

urlpatterns = [
    path("invoices/<code:number>.pdf", views.invoice_pdf, name="invoice_pdf"),
    path("invoices/<code:number>.xml", views.invoice_xml, name="invoice_xml"),
    path("supplies/<code:code>/consumption.csv", consumption.consumption_csv, name="consumption_csv"),
    path("invoices/together/", archives.invoices_zip, name="invoices_zip"),
    path("invoices/together.zip", archives.invoices_zip_download, name="invoices_zip_download"),
    path("by-link/<slug:token>/", by_link.invoice_by_link, name="invoice_by_link"),
    path("for-staff/invoices/<code:number>.pdf", for_staff.invoice_pdf, name="staff_invoice_pdf"),
    path("requests/<code:number>/mandate.pdf", mandates.mandate_pdf, name="mandate_pdf"),
    path("requests/files/<code:key>/", attachments.request_file, name="request_file"),
    path("readings/<code:number>/photo", photos.reading_photo, name="reading_photo"),
]
