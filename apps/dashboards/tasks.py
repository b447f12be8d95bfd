"""Jobs of the restitutions: Excel files asked for, documents that follow an executed run.

Both may be started again after a crash: a file is written whole or not at all, a document that
is already archived is not drawn twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.errors import Refus
from apps.core.exports import XLSX, write_xlsx
from apps.core.jobs import job_task, progress
from apps.core.models import Fichier, Job
from apps.core.services import store_file
from apps.dashboards.permissions import can_export
from apps.dashboards.restitutions.registry import restitution_of
from apps.dashboards.restitutions.restitution import Criteres, Restitution
from apps.payments.documents import produce_notices
from apps.payments.models import AvisDePaiement, Campagne
from apps.recoveries.documents import produce_orders
from apps.recoveries.models import OrdreDeRecouvrer

DAYS_KEPT = 30


@job_task("dashboards.produce_export")
def produce_export(job: Job) -> Fichier:
    """Write the Excel file of a restitution, within what its author sees today."""
    acting = acting_of(job)
    restitution = restitution_of(job.parametres["restitution"])
    can_export(acting, restitution).enforce()
    criteres = Criteres.read(acting, job.parametres)
    total = restitution.count(acting, criteres)
    contents, totals = write_xlsx(
        restitution.definition.for_reader(acting),
        restitution.rows(acting, criteres),
        criteria_sheet(acting, restitution, criteres),
        progress=lambda done: progress(job, done, max(done, total), "Écriture du fichier"),
    )
    progress(job, totals.count, totals.count, "")
    today = timezone.localdate()
    return store_file(
        contents,
        nom=f"{restitution.key}-{today:%Y-%m-%d}-{job.pk}.xlsx",
        titre=restitution.title,
        type_mime=XLSX,
        expire_le=today + timedelta(days=DAYS_KEPT),
    )


@job_task("dashboards.produce_documents")
def produce_documents(job: Job) -> str:
    """Draw and archive the notices and orders of an executed run."""
    campagne = Campagne.objects.executed().get(pk=job.parametres["campagne"])
    notices = AvisDePaiement.objects.filter(campagne=campagne).count()
    orders = OrdreDeRecouvrer.objects.filter(versement__campagne=campagne).count()
    total = notices + orders
    produce_notices(campagne, lambda n: progress(job, n, total, "Avis de paiement"))
    produce_orders(campagne, lambda n: progress(job, notices + n, total, "Ordres de recouvrer"))
    progress(job, total, total, "")
    return f"Documents disponibles. Avis de paiement : {notices}. Ordres de recouvrer : {orders}."


def acting_of(job: Job) -> Membership:
    """The membership a job works for, still in force; `Refus` when it has ended."""
    acting = (
        Membership.objects.active(timezone.localdate())
        .select_related("organisation", "user")
        .filter(pk=job.membership_id)
        .first()
    )
    if acting is None:
        raise Refus("Votre habilitation n’est plus en vigueur : la demande n’est pas traitée.")
    return acting


def criteria_sheet(
    acting: Membership, restitution: Restitution, criteres: Criteres
) -> list[tuple[str, str]]:
    """Filters, author, date and freshness: what lets a file be read, and redone, years later."""
    words = dict(criteres.in_words())
    now = timezone.localtime()
    return [
        ("Contenu", restitution.description),
        *[(LABELS[name], words[LABELS[name]]) for name in restitution.filters],
        ("Organisation", f"{acting.organisation} ({acting.get_organisation_type_display()})"),
        ("Périmètre", PERIMETERS[acting.organisation_type]),
        ("Demandé par", f"{acting.user.nom_complet}, {acting.get_role_display().lower()}"),
        ("Produit le", f"{now:%d/%m/%Y} à {now:%H:%M}"),
        ("Fraîcheur des données", f"données de l’extranet à cet instant ; {_last_run()}"),
        *restitution.notes,
    ]


LABELS = {
    "annexe": "Annexe financière",
    "mesure": "Mesure",
    "departement": "Département",
    "debut": "Premier mois",
    "fin": "Dernier mois",
}
PERIMETERS: dict[str, Any] = {
    "SIAE": "les annexes de la structure",
    "DDETS": "les structures du territoire",
    "ASP": "toutes les structures",
    "CD": "les annexes cofinancées par le département, sur leur période",
}


def _last_run() -> str:
    run = Campagne.objects.executed().order_by("-numero").first()
    if run is None or run.execute_le is None:
        return "aucune campagne de paiement exécutée"
    executed = timezone.localtime(run.execute_le)
    return (
        f"dernière campagne de paiement exécutée : n° {run.numero} ({run.mois:%m/%Y}), "
        f"le {executed:%d/%m/%Y}"
    )
