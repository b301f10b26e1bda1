"""Every address there is; each desk lists its own, and what is not declared by a policy answers 404."""

from django.urls import include, path, register_converter

from sportello.desks.codes import CodeConverter

register_converter(CodeConverter, "code")

# Addresses are tried in turn: those that are asked most stand first.
urlpatterns = [
    path("", include("sportello.desks.portal.urls")),
    path("", include("sportello.desks.website.urls")),
    path("staff/", include("sportello.desks.backoffice.urls")),
    path("documents/", include("sportello.desks.documents.urls")),
    path("", include("sportello.desks.api.urls")),
]

handler400 = "sportello.desks.errors.bad_request"
handler404 = "sportello.desks.errors.not_found"
handler500 = "sportello.desks.errors.server_error"
