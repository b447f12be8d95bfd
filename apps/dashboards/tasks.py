"""Jobs of the restitutions: Excel files asked for, documents that follow an executed run.

Both may be started again after a crash: a file is written whole or not at all, a document that
is already archived is not drawn twice.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.exports import XLSX
from apps.core.jobs import job_task, progress
from apps.core.models import Fichier, Job
from apps.core.services import store_file
from apps.dashboards.restitutions.fichier import excel_file, file_name
from apps.dashboards.restitutions.registry import restitution_of
from apps.dashboards.restitutions.restitution import Criteres
from apps.dashboards.services import tell_file_ready
from apps.payments.documents import produce_notices
from apps.payments.models import AvisDePaiement, Campagne
from apps.recoveries.documents import produce_orders
from apps.recoveries.models import OrdreDeRecouvrer

DAYS_KEPT = 30
# Beyond, whoever asked has most likely left the page of the progress.
PATIENCE = timedelta(seconds=15)


@job_task("dashboards.produce_export")
def produce_export(job: Job) -> Fichier:
    """Write the Excel file of a restitution, within what its author sees today."""
    acting = acting_of(job)
    restitution = restitution_of(job.parametres["restitution"])
    criteres = Criteres.read(acting, job.parametres)
    total = restitution.count(acting, criteres)
    contents, totals = excel_file(
        acting,
        restitution,
        criteres,
        progress=lambda done: progress(job, done, max(done, total), "Écriture du fichier"),
    )
    progress(job, totals.count, totals.count, "")
    fichier = store_file(
        contents,
        nom=file_name(acting, restitution, criteres),
        titre=restitution.title,
        type_mime=XLSX,
        expire_le=today() + timedelta(days=DAYS_KEPT),
    )
    if timezone.now() - job.cree_le > PATIENCE:
        tell_file_ready(job, acting, restitution)
    return fichier


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
