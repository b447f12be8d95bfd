"""Addresses of the recovery orders: pages, acts, letters."""

from django.urls import URLPattern, path

from apps.recoveries.views import documents, ordres
from apps.recoveries.views.actes import act_page
from apps.recoveries.views.table_actes import ACTES

app_name = "recoveries"

# Folder of the address of the acts that are not about the order itself, by the first word of
# their name; those about the order follow its number.
FOLDERS = {
    "encaissement": "encaissements",
    "compensation": "compensations",
    "excedent": "excedents",
    "remboursement": "remboursements",
}
OF_PLANS = ("plan_accorder", "plan_refuser", "plan_reechelonner")


def _act(name: str) -> URLPattern:
    kind, _, verb = name.partition("_")
    if name in OF_PLANS:
        address = f"plans/<int:pk>/{verb}/"
    elif kind in FOLDERS:
        address = f"{FOLDERS[kind]}/<int:pk>/{verb}/"
    else:
        address = f"<int:pk>/{name.replace('_', '-')}/"
    return path(address, act_page(name), name=name)


urlpatterns = [
    path("", ordres.Ordres.as_view(), name="liste"),
    path("en-retard/", ordres.Retards.as_view(), name="retards"),
    path("excedents/", ordres.Excedents.as_view(), name="excedents"),
    path("<int:pk>/", ordres.ordre, name="ordre"),
    path("<int:pk>/historique/", ordres.historique, name="historique"),
    path("<int:pk>/pdf/", documents.ordre_pdf, name="ordre_pdf"),
    path("actes/<int:pk>/pdf/", documents.acte_pdf, name="acte_pdf"),
    path("plans/<int:pk>/pdf/", documents.plan_pdf, name="plan_pdf"),
    path("compensations/<int:pk>/pdf/", documents.compensation_pdf, name="compensation_pdf"),
    *(_act(name) for name in ACTES),
]
