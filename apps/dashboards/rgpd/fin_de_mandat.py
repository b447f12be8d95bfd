"""What was processed for a département under a mandate, and what ends with it (annexe 2, clause l).

The persons are the beneficiaries of the RSA borne by the département on the annexes of the mandate.
A person that an annex still open needs, or whose contract runs, is kept until then. Read by the
proposal, the signature and the attestation.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.conventions.models import ConventionMandat
from apps.dashboards.rgpd.echus import CLOSES, needed
from apps.payments.models import Versement
from apps.presence.models import DocumentEtat, EtatSigne, LignePresence, PieceControle
from apps.siae.models import Contrat, Salarie

# Label of each count, in the order of the page and of the attestation.
LIBELLES = {
    "annexes": "Annexes financières de la convention",
    "personnes": "Personnes dont les données sont détruites (fiches anonymisées)",
    "deja": "Personnes déjà anonymisées à la fin de leur durée de conservation",
    "retenues": "Personnes dont les données sont encore nécessaires",
    "pieces_controle": "Pièces de contrôle supprimées",
    "etats_archives": "États mensuels archivés, conservés comme pièces justificatives",
    "etats_signes": "États mensuels signés, conservés comme pièces justificatives",
}


def annexes_of(mandat: ConventionMandat) -> QuerySet[AnnexeFinanciere]:
    """Annexes paid under the mandate, or signed in its period for its département."""
    paid = Versement.objects.filter(annexe=OuterRef("pk"), mandat=mandat)
    signed = VersionAnnexe.objects.filter(
        annexe=OuterRef("pk"),
        financeur_cd=mandat.financeur_id,
        signee_le__range=(mandat.debut, mandat.fin),
    ).exclude(etat__in=("BROUILLON", "PROVISOIRE", "SAISI", "REJETE"))
    return AnnexeFinanciere.objects.filter(Q(Exists(paid)) | Q(Exists(signed)))


def beneficiaries(mandat: ConventionMandat) -> QuerySet[Salarie]:
    """Everyone the département bears on these annexes."""
    borne = Q(brsa=True) | Q(contrat__rsa_departement=mandat.financeur.code)
    lines = LignePresence.objects.filter(
        borne, salarie=OuterRef("pk"), etat_mensuel__annexe__in=annexes_of(mandat).values("pk")
    )
    return Salarie.objects.filter(Exists(lines))


def to_destroy(mandat: ConventionMandat, on: date) -> QuerySet[Salarie]:
    return beneficiaries(mandat).filter(anonymise_le=None).exclude(_kept(on))


def pieces_to_delete(mandat: ConventionMandat) -> QuerySet[PieceControle]:
    """Documents of the controls of these annexes, once they are closed."""
    return PieceControle.objects.filter(
        controle__etat_mensuel__annexe__in=annexes_of(mandat).values("pk"),
        controle__etat_mensuel__annexe__courante__etat__in=CLOSES,
    ).annotate(depuis=F("controle__conclu_le"))


def figures_of(mandat: ConventionMandat, on: date) -> dict[str, Any]:
    """What would be destroyed that day and what would be kept, as `Destruction.contenu`."""
    people = beneficiaries(mandat)
    named = people.filter(anonymise_le=None)
    annexes = annexes_of(mandat).values("pk")
    return {
        "annexes": annexes_of(mandat).count(),
        "personnes": to_destroy(mandat, on).count(),
        "deja": people.exclude(anonymise_le=None).count(),
        "retenues": named.filter(_kept(on)).count(),
        "pieces_controle": pieces_to_delete(mandat).count(),
        "etats_archives": DocumentEtat.objects.filter(etat_mensuel__annexe__in=annexes).count(),
        "etats_signes": EtatSigne.objects.filter(etat_mensuel__annexe__in=annexes).count(),
    }


def rows_of(contenu: dict[str, Any]) -> list[tuple[str, int]]:
    """(label, count) of each figure kept."""
    return [(libelle, contenu[cle]) for cle, libelle in LIBELLES.items() if cle in contenu]


def _kept(on: date) -> Q:
    running = Contrat.objects.annotate(dernier=Coalesce("date_sortie", "fin")).filter(
        salarie=OuterRef("pk"), dernier__gte=on
    )
    return needed() | Q(Exists(running))
