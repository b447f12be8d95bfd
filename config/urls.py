"""The map of the pages: each application has its own prefix, named after what users see there."""

from django.urls import include, path, register_converter

from apps.core.converters import MonthConverter

register_converter(MonthConverter, "mois")

handler500 = "apps.core.failures.server_error"

urlpatterns = [
    # Before the help of core, whose addresses are those of any page name.
    path("", include("apps.dashboards.urls")),
    path("", include("apps.core.urls")),
    path("", include("apps.accounts.urls")),
    path("structures/", include("apps.siae.urls")),
    path("conventions/", include("apps.conventions.urls")),
    path("annexes/", include("apps.annexes.urls")),
    path("suivi-mensuel/", include("apps.presence.urls")),
    path("paiements/", include("apps.payments.urls")),
    path("banque/", include("apps.payments.urls_banque")),
    path("comptabilite/", include("apps.payments.urls_comptabilite")),
    path("fonds/", include("apps.payments.urls_fonds")),
    path("frais-de-gestion/", include("apps.payments.urls_frais")),
    path("part-modulee/", include("apps.payments.urls_modulation")),
    path("ordres/", include("apps.recoveries.urls")),
    path("apurement/", include("apps.recoveries.urls_apurement")),
    path("donnees-personnelles/registre/", include("apps.dashboards.urls_rgpd")),
    path("reddition/", include("apps.dashboards.urls_reddition")),
]
