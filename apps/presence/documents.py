"""État mensuel de présence on paper, in the layout structures know (cahier des charges §2.3).

Header figures, one line per contract, list of exit codes, signatures. The statement is archived
once per version and state: what was certified, then what was validated. While it is being
entered, a draft is drawn on demand and not kept. Called by the view of the document.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction

from apps.annexes.conditions import conditions_by_annexe, conditions_of
from apps.annexes.models import VersionAnnexe
from apps.core.errors import Refus
from apps.core.models import Fichier
from apps.core.pdf import Drawn, render_pdf
from apps.presence.eligibility import with_eligibility
from apps.presence.models import EtatMensuel, LignePresence
from apps.rules.conditions import Conditions, etp_mensuels
from apps.rules.money import ZERO
from apps.rules.periods import Month
from apps.rules.presence import taux_realisation
from apps.siae.codes import MotifSortie

TEMPLATE = "presence/emp.html"

DISPOSITIFS = {
    "ACI_DC": "Atelier et chantier d’insertion",
    "ACI_MP": "Atelier et chantier d’insertion en milieu pénitentiaire",
    "EI_DC": "Entreprise d’insertion",
    "EI_MP": "Entreprise d’insertion en milieu pénitentiaire",
    "AI_DC": "Association intermédiaire",
    "ETTI_DC": "Entreprise de travail temporaire d’insertion",
    "EITI_DC": "Entreprise d’insertion par le travail indépendant",
}


def statement_file(etat: EtatMensuel) -> Fichier:
    """The PDF of a statement that is certified, validated or in default: drawn once, archived.

    Raises `Refus` while it is being entered, or when PDF files cannot be drawn on this server.
    """
    with transaction.atomic():
        etat = _statements().select_for_update(of=("self",)).get(pk=etat.pk)
        if etat.etat in EtatMensuel.ETATS_OUVERTS:
            raise Refus("L’état mensuel est en cours de saisie : certifiez-le pour l’archiver.")
        kept = etat.documents.filter(version=etat.version, etat=etat.etat)
        if (archived := kept.select_related("fichier").first()) is None:
            archived = kept.create(
                etat_mensuel=etat,
                version=etat.version,
                etat=etat.etat,
                fichier=draw_emp(etat).archive(),
            )
        return archived.fichier


def document_name(etat: EtatMensuel) -> str:
    """Name of the file: it tells the version and the state, so that neither hides another."""
    return (
        f"EMP-{etat.annexe.numero}-A{etat.annexe.renouvellement}-{etat.mois:%Y-%m}"
        f"-v{etat.version}-{etat.etat.lower()}.pdf"
    )


def draw_emp(etat: EtatMensuel) -> Drawn:
    """Draw the PDF of a statement as it stands."""
    return Drawn(
        nom=document_name(etat),
        titre=f"État mensuel de présence, {Month.of(etat.mois).label} – annexe {etat.annexe}",
        contents=render_pdf(TEMPLATE, emp_context(etat)),
    )


def emp_context(etat: EtatMensuel) -> dict[str, Any]:
    """Everything the statement says; four queries whatever the number of lines."""
    etat = etat if "annexe" in etat._state.fields_cache else _statements().get(pk=etat.pk)
    version, conditions = version_of_month(etat)
    lines = statement_lines(etat)
    mois = Month.of(etat.mois)
    return {
        "etat": etat,
        "annexe": etat.annexe,
        "version": version,
        "structure": etat.annexe.siae.structure,
        "lignes": lines,
        "chiffres": header_figures(lines, conditions, mois),
        "ecartees": [line for line in lines if line.motif],
        "motifs": MotifSortie.choices,
        "dispositif": DISPOSITIFS[etat.annexe.siae.mesure],
        "ouvert": etat.etat in EtatMensuel.ETATS_OUVERTS,
        "valide": etat.etat == EtatMensuel.Etat.VALIDE,
        "carence": etat.etat == EtatMensuel.Etat.CARENCE,
    }


def version_of_month(etat: EtatMensuel) -> tuple[VersionAnnexe, Conditions]:
    """The version that applies to the month, else the one on screen (provisional annex)."""
    mois = Month.of(etat.mois)
    known = conditions_by_annexe([etat.annexe_id]).get(etat.annexe_id, [])
    in_force = [pair for pair in known if pair[1].a_partir_de <= mois]
    if in_force:
        return in_force[-1]
    version = etat.annexe.courante
    return version, conditions_of(version)


def statement_lines(etat: EtatMensuel) -> list[Any]:
    """Lines of the current version with `eligibles`, `motif`, `beneficiaire` and `sortie`.

    Frozen figures once the ASP has validated, what it will find until then. An exit later than
    the month is not that of this statement, whenever it is drawn.
    """
    last_day = Month.of(etat.mois).last_day
    rows = LignePresence.objects.filter(etat_mensuel=etat, version=etat.version)
    lines: list[Any] = list(
        with_eligibility(rows)
        .select_related("salarie", "contrat")
        .order_by("salarie__cle_tri", "contrat__debut", "pk")
    )
    for line in lines:
        exit_day = line.contrat.date_sortie
        line.sortie = exit_day if exit_day and exit_day <= last_day else None
        if etat.etat == EtatMensuel.Etat.VALIDE:
            line.eligibles, line.motif = line.heures_eligibles, line.motif_ineligibilite
            line.beneficiaire = line.brsa
        else:
            line.eligibles = ZERO if line.motif_prevu else line.heures_declarees
            line.motif, line.beneficiaire = line.motif_prevu, line.brsa_prevu
    return lines


def header_figures(lines: list[Any], conditions: Conditions, mois: Month) -> dict[str, Any]:
    """Figures of the header: persons, hours, FTE (from declared hours), rate of realisation."""
    declared: dict[int, Decimal] = {}
    eligible: dict[int, Decimal] = {}
    beneficiaries: set[int] = set()
    for line in lines:
        person = line.salarie_id
        declared[person] = declared.get(person, ZERO) + (line.heures_declarees or ZERO)
        eligible[person] = eligible.get(person, ZERO) + (line.eligibles or ZERO)
        if line.beneficiaire:
            beneficiaries.add(person)
    hours = sum(declared.values(), ZERO)
    etp = etp_mensuels(hours, conditions.heures_annuelles_etp)
    return {
        "forfait": conditions.forfait(mois) if mois in conditions.months else ZERO,
        "salaries": len(declared),
        "salaries_brsa": sum(1 for person in beneficiaries if declared[person] >= 1),
        "heures": hours,
        "heures_eligibles": sum(eligible.values(), ZERO),
        "contribuant": sum(1 for value in eligible.values() if value > 0),
        "contribuant_brsa": sum(1 for person in beneficiaries if eligible[person] >= 1),
        "etp_realises": etp,
        "etp_conventionnes": conditions.etp,
        "taux": taux_realisation(etp, conditions.etp),
    }


def _statements() -> Any:
    return EtatMensuel.objects.select_related(
        "annexe__siae__structure",
        "annexe__courante",
        "certifie_par",
        "valide_par",
    )
