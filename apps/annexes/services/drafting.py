"""Drafting an annex: create it, type its figures, attach the signed PDF (cahier des charges §2.1).

Total and département's rate are recomputed by the rules on every write. An edit carries the
revision it was typed on: a version changed meanwhile is refused and nothing is lost silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.files import File
from django.db import transaction

from apps.accounts.models import Membership
from apps.annexes.conditions import (
    Unitaires,
    annual_hours,
    period_faults,
    referential,
    refresh_amounts,
)
from apps.annexes.models import AnnexeFinanciere, MontantUnitaire, VersionAnnexe
from apps.annexes.numbering import allocate_number
from apps.annexes.permissions import can_create, can_edit
from apps.annexes.services.locking import lock_version
from apps.conventions.models import ConventionIae
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.uploads import read_document
from apps.journal.history import history_of
from apps.journal.services import record
from apps.siae.models import Siae

# Figures and mentions a DDETS types; everything else of a version is set by the services.
CHAMPS = (
    "debut",
    "fin",
    "etp",
    "heures_annuelles_etp",
    "financeur_cd",
    "montant_cd",
    "brsa_vises",
    "sorties_prevues",
    "taux_sorties_durables",
    "taux_sorties_transition",
    "taux_sorties_positives",
    "signataire",
    "signee_le",
    "motif_avenant",
)


@transaction.atomic
def create_annexe(
    acting: Membership,
    siae: Siae,
    convention: ConventionIae,
    *,
    figures: Mapping[str, Any],
    unitaires: Unitaires | None = None,
    on: date | None = None,
) -> VersionAnnexe:
    """New annex A0 with its first version M0, BROUILLON. `figures`: see `CHAMPS`.

    `unitaires` None: the referential as known `on`; hours per ETP likewise when not given.
    """
    can_create(acting, siae).enforce()
    _require_own(convention, siae)
    if faults := period_faults(figures["debut"], figures["fin"]):
        raise Refus(*faults)
    annexe = AnnexeFinanciere.objects.create(
        siae=siae, convention=convention, numero=allocate_number(siae, figures["debut"])
    )
    version = VersionAnnexe(annexe=annexe, siae=siae)
    save_figures(version, figures, unitaires, on or today())
    annexe.courante = version
    annexe.save(update_fields=["courante"])
    record(acting, "annexe.creee", version, apres=traced(version))
    return version


@transaction.atomic
def update_version(
    acting: Membership,
    version: VersionAnnexe,
    *,
    revision: int,
    convention: ConventionIae | None = None,
    unitaires: Unitaires | None = None,
    on: date | None = None,
    **figures: Any,
) -> VersionAnnexe:
    """Change the figures of a version in preparation; `revision` is the one they were typed on.

    Unit amounts and hours per ETP are read again from the referential as known `on` unless given.
    `convention` may change until the first version is validated: a renewal often comes under a
    new one.
    """
    version = lock_version(version)
    can_edit(acting, version).enforce()
    require_revision(version, revision)
    if version.modification and figures.get("debut", version.debut) != version.debut:
        raise Refus("Un avenant ne change pas le premier mois de l’annexe.")
    before = traced(version)
    if convention is not None and convention.pk != version.annexe.convention_id:
        _change_convention(version, convention)
    version.revision += 1
    save_figures(version, figures, unitaires, on or today())
    record(acting, "annexe.modifiee", version, avant=before, apres=traced(version))
    return version


@transaction.atomic
def attach_piece(acting: Membership, version: VersionAnnexe, uploaded_file: File) -> VersionAnnexe:
    """Attach the signed annex: a PDF of 10 MiB at most; replaces the one before."""
    version = lock_version(version)
    can_edit(acting, version).enforce()
    require_pdf(uploaded_file)
    version.piece.save(f"{version.annexe.numero}-{version.pk}.pdf", uploaded_file, save=False)
    version.revision += 1
    version.save(update_fields=["piece", "revision"])
    record(acting, "annexe.piece_jointe", version, apres={"piece": version.piece.name})
    return version


def require_pdf(uploaded_file: File) -> None:
    """Refuse what is not a PDF by its content, is too large, or would act when it is opened."""
    read_document(uploaded_file)


def require_revision(version: VersionAnnexe, revision: int) -> None:
    if version.revision == revision:
        return
    last = history_of(version).first()
    author = f" par {last.auteur}" if last else ""
    raise Refus(
        f"Cette annexe a été modifiée entre-temps{author} : vos valeurs ne sont pas enregistrées. "
        "Ouvrez la version actuelle, comparez, puis saisissez à nouveau votre modification."
    )


def save_figures(
    version: VersionAnnexe, figures: Mapping[str, Any], unitaires: Unitaires | None, on: date
) -> None:
    """Set the figures given, recompute total and rate, write the version and its unit amounts."""
    for champ, value in figures.items():
        if champ not in CHAMPS:
            raise TypeError(f"{champ} is not a figure of an annex")
        setattr(version, champ, value)
    if faults := period_faults(version.debut, version.fin):
        raise Refus(*faults)
    if "heures_annuelles_etp" not in figures:
        version.heures_annuelles_etp = annual_hours(version.siae, version.debut, on)
    if unitaires is None:
        unitaires = referential(version.siae, version.debut, version.fin, on)
    refresh_amounts(version, unitaires)
    version.save()
    version.montants_unitaires.all().delete()
    MontantUnitaire.objects.bulk_create(
        [MontantUnitaire(version=version, effet=day, montant=amount) for day, amount in unitaires]
    )


def _require_own(convention: ConventionIae, siae: Siae) -> None:
    if convention.siae_id != siae.pk:
        raise Refus(f"La convention {convention.numero} n’est pas celle de cette structure.")


def _change_convention(version: VersionAnnexe, convention: ConventionIae) -> None:
    if version.modification:
        raise Refus("Un avenant ne change pas la convention de l’annexe.")
    _require_own(convention, version.siae)
    version.annexe.convention = convention
    version.annexe.save(update_fields=["convention"])


def traced(version: VersionAnnexe) -> dict[str, Any]:
    """The figures as the journal keeps them."""
    values = {champ: getattr(version, champ) for champ in CHAMPS}
    for champ in ("financeur_cd", "signataire"):
        values[champ] = str(values[champ]) if values[champ] else ""
    return values | {"montant_total": version.montant_total, "taux_cd": version.taux_cd}
