"""Checks of a salarié and of a contract: what refuses, what only warns, in sentences.

Sources: spec 01 §2 and §4, code du travail art. L. 5132-15-1 (24 months, up to 60 in ACI), work
from 16 years. Called by the services (faults refuse) and by the screens (warnings are shown).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import F, Max

from apps.rules import explanation
from apps.rules.periods import Month
from apps.rules.presence import HEURES_HEBDO_MAX, days_in_month, plafond_heures
from apps.siae.codes import FORMES_PAR_MESURE, FormeContrat
from apps.siae.models import Contrat, Salarie

AGE_FICHE = 14
AGE_TRAVAIL = 16
AGE_MAXIMUM = 100
MOIS_CDDI = 24
MOIS_CDDI_MAXIMUM = 60
# A longer gap between two contracts is a new hiring, with its own RSA status.
INTERRUPTION_MAXIMUM = timedelta(days=31)
# Assignments: several may run at once for the same person.
FORMES_SIMULTANEES = frozenset({FormeContrat.CDDU.value, FormeContrat.CTT.value})
FORMES_CDDI = frozenset({"CDDI", "CDDI_PHC", "CDDI_CVG"})
# A duration goes with the situation it measures.
ALLOCATIONS = (
    ("inscrit_france_travail", "inscrit_depuis", "inscription à France Travail"),
    ("ass", "ass_depuis", "ASS"),
    ("aah", "aah_depuis", "AAH"),
    ("are", "are_depuis", "ARE"),
    ("prime_activite", "prime_activite_depuis", "prime d’activité"),
)
ETATS_FIGES = ("SAISI", "VALIDE")


def salarie_faults(salarie: Salarie, *, on: date) -> list[str]:
    """What forbids keeping this fiche, as read on a day."""
    faults = []
    if not _age_reached(salarie.date_naissance, AGE_FICHE, on):
        faults.append(
            f"La date de naissance donne moins de {AGE_FICHE} ans au salarié : vérifiez-la."
        )
    if _age_reached(salarie.date_naissance, AGE_MAXIMUM, on):
        faults.append(
            f"La date de naissance donne {AGE_MAXIMUM} ans ou plus au salarié : vérifiez-la."
        )
    if salarie.pass_fin < salarie.pass_debut:
        faults.append("La fin du PASS IAE ne peut pas précéder son début.")
    return faults + _situation_faults(salarie)


def _situation_faults(salarie: Salarie) -> list[str]:
    """What the fiche salarié refuses as incoherent (return codes 3352, 3353, 3423)."""
    faults = []
    if salarie.type_employeur and not salarie.en_emploi:
        faults.append(
            "N’indiquez l’employeur précédent que si le salarié était en emploi avant l’embauche."
        )
    if salarie.sans_emploi_depuis and salarie.en_emploi:
        faults.append(
            "Le salarié était en emploi avant l’embauche : laissez vide « sans emploi depuis »."
        )
    for name, since, words in ALLOCATIONS:
        if getattr(salarie, since) and not getattr(salarie, name):
            faults.append(f"N’indiquez l’ancienneté que si la case est cochée : {words}.")
    if salarie.numero_ide and not salarie.inscrit_france_travail:
        faults.append("N’indiquez l’identifiant France Travail que si le salarié y est inscrit.")
    return faults


def contrat_faults(contrat: Contrat, others: Iterable[Contrat]) -> list[str]:
    """What forbids keeping this contract beside the person's others in the same SIAE."""
    faults = [*_dates_faults(contrat), *_terms_faults(contrat)]
    if not faults:
        others = list(others)
        faults += _overlap_faults(contrat, others)
        faults += _duration_faults(contrat, others)
    return faults


def renewal_faults(precedent: Contrat, debut: date) -> list[str]:
    """A renewal follows the last contract of its series, without a long interruption."""
    if precedent.date_sortie is not None:
        return [
            f"La sortie du salarié est enregistrée au {precedent.date_sortie:%d/%m/%Y} : "
            "enregistrez un nouveau contrat plutôt qu’un renouvellement."
        ]
    if debut <= precedent.fin:
        return [
            f"Le renouvellement commence après la fin du contrat qu’il suit, soit à partir du "
            f"{precedent.fin + timedelta(days=1):%d/%m/%Y}."
        ]
    if debut > precedent.fin + INTERRUPTION_MAXIMUM:
        return [
            f"Plus d’un mois sépare la fin du contrat ({precedent.fin:%d/%m/%Y}) de ce "
            "renouvellement : enregistrez un nouveau contrat, avec la situation du salarié à "
            "cette embauche."
        ]
    return []


def exit_faults(contrat: Contrat, sortie: date, *, on: date) -> list[str]:
    if sortie < contrat.debut or sortie > contrat.fin:
        return [
            f"La date de sortie doit être comprise entre le {contrat.debut:%d/%m/%Y} et le "
            f"{contrat.fin:%d/%m/%Y}, dates du contrat."
        ]
    if sortie > on:
        return [
            "La date de sortie n’est pas encore atteinte : enregistrez la sortie lorsqu’elle "
            "est effective."
        ]
    return []


def frozen_faults(contrats: Iterable[Contrat], quoi: str) -> list[str]:
    """Months already certified forbid changing what their hours were accepted on."""
    dernier = _frozen_lines(contrats).aggregate(mois=Max("etat_mensuel__mois"))["mois"]
    if dernier is None:
        return []
    return [
        f"{quoi} ne peut plus changer : l’état mensuel {Month.of(dernier).label_with_de} est déjà "
        "certifié. Demandez à l’ASP de le rouvrir."
    ]


def last_day_faults(contrat: Contrat) -> list[str]:
    """The last day may move as long as the certified hours remain possible before it."""
    worked = _frozen_lines([contrat]).filter(heures_declarees__gt=0)
    for mois, heures in worked.values_list("etat_mensuel__mois", "heures_declarees"):
        month = Month.of(mois)
        days = days_in_month(contrat.debut, contrat.dernier_jour, month)
        if heures > plafond_heures(days):
            return [
                f"L’état mensuel {month.label_with_de}, déjà certifié, déclare "
                f"{explanation.heures(heures)} que ce contrat ne couvrirait plus. Demandez à "
                "l’ASP de le rouvrir."
            ]
    return []


def warnings_of(contrat: Contrat) -> list[str]:
    """What does not refuse a contract but must be known when it is entered."""
    warnings = []
    salarie, mesure = contrat.salarie, contrat.siae.get_mesure_display()
    if contrat.forme not in FORMES_PAR_MESURE[contrat.siae.mesure]:
        warnings.append(
            f"La forme « {contrat.get_forme_display()} » n’est pas admise en {mesure} : les "
            "heures de ce contrat ne seront pas éligibles à l’aide."
        )
    if contrat.debut < salarie.pass_debut or contrat.fin > salarie.pass_fin:
        warnings.append(
            f"Le PASS IAE ({salarie.pass_debut:%d/%m/%Y} au {salarie.pass_fin:%d/%m/%Y}) ne "
            "couvre pas tout le contrat : les heures hors PASS ne seront pas éligibles."
        )
    if contrat.autre_aide_etat:
        warnings.append(
            "Une autre aide à l’emploi de l’État est versée pour ce salarié : les heures ne "
            "seront pas éligibles."
        )
    if contrat.forme in FORMES_CDDI and _months(_series_start(contrat), contrat.fin) > MOIS_CDDI:
        warnings.append(
            f"La durée totale, renouvellements compris, dépasse {MOIS_CDDI} mois : conservez la "
            "décision de prolongation."
        )
    return warnings + _certified_months_warning(contrat)


def _dates_faults(contrat: Contrat) -> list[str]:
    faults = []
    if contrat.fin < contrat.debut:
        faults.append("La fin du contrat ne peut pas précéder la date d’embauche.")
    if not _age_reached(contrat.salarie.date_naissance, AGE_TRAVAIL, contrat.debut):
        faults.append(
            f"Le salarié n’a pas {AGE_TRAVAIL} ans à la date d’embauche : vérifiez sa date de "
            "naissance ou celle du contrat."
        )
    if contrat.date_sortie and not contrat.debut <= contrat.date_sortie <= contrat.fin:
        faults.append(
            f"Le contrat doit couvrir la sortie enregistrée au {contrat.date_sortie:%d/%m/%Y}."
        )
    return faults


def _terms_faults(contrat: Contrat) -> list[str]:
    faults = []
    if not Decimal(0) < contrat.heures_hebdo <= HEURES_HEBDO_MAX:
        faults.append(
            "Les heures par semaine doivent être supérieures à 0 et ne pas dépasser "
            f"{HEURES_HEBDO_MAX}."
        )
    if contrat.salaire_brut < 0:
        faults.append("Le salaire brut ne peut pas être négatif.")
    if contrat.is_brsa and not contrat.rsa_departement:
        faults.append("Indiquez le département qui verse le RSA.")
    if not contrat.is_brsa and contrat.rsa_depuis:
        faults.append("N’indiquez l’ancienneté du RSA que si le salarié le percevait.")
    if not contrat.is_brsa and contrat.rsa_departement:
        faults.append(
            "N’indiquez de département que si le salarié percevait le RSA avant l’embauche."
        )
    return faults


def _overlap_faults(contrat: Contrat, others: list[Contrat]) -> list[str]:
    for other in others:
        apart = contrat.debut > other.dernier_jour or contrat.dernier_jour < other.debut
        both_assignments = {contrat.forme, other.forme} <= FORMES_SIMULTANEES
        if not apart and not both_assignments:
            return [
                f"Ce salarié a déjà un contrat du {other.debut:%d/%m/%Y} au "
                f"{other.dernier_jour:%d/%m/%Y} dans la même structure et pour la même mesure. "
                "Enregistrez d’abord sa sortie, ou corrigez les dates."
            ]
    return []


def _duration_faults(contrat: Contrat, others: list[Contrat]) -> list[str]:
    """60 months at most for a series of CDDI, renewals included."""
    if contrat.forme not in FORMES_CDDI:
        return []
    root = contrat.parent_id or contrat.pk
    series = [o for o in others if root is not None and root in (o.pk, o.parent_id)]
    first = min([contrat.debut, *(o.debut for o in series)])
    last = max([contrat.fin, *(o.fin for o in series)])
    if _months(first, last) > MOIS_CDDI_MAXIMUM:
        return [f"Un CDDI ne peut pas dépasser {MOIS_CDDI_MAXIMUM} mois, renouvellements compris."]
    return []


def _certified_months_warning(contrat: Contrat) -> list[str]:
    """A contract entered late is missing from statements already certified."""
    etats = Contrat._meta.apps.get_model("presence", "EtatMensuel")
    mois = (
        etats.objects.filter(
            annexe__siae=contrat.siae_id,
            etat__in=ETATS_FIGES,
            mois__gte=contrat.debut.replace(day=1),
            mois__lte=contrat.dernier_jour,
        )
        .exclude(lignes__contrat=contrat, lignes__version=F("version"))
        .order_by("mois")
        .values_list("mois", flat=True)
    )
    noms = [Month.of(m).label for m in mois]
    if not noms:
        return []
    return [
        "Des mois de ce contrat sont déjà certifiés sans lui : "
        f"{', '.join(noms)}. Demandez à l’ASP de les rouvrir pour y déclarer ses heures."
    ]


def _frozen_lines(contrats: Iterable[Contrat]):  # type: ignore[no-untyped-def]
    lines = Contrat._meta.get_field("lignes_presence").related_model
    return (
        lines.objects.current()
        .filter(contrat__in=[c.pk for c in contrats], etat_mensuel__etat__in=ETATS_FIGES)
        .order_by("-etat_mensuel__mois")
    )


def _series_start(contrat: Contrat) -> date:
    return contrat.parent.debut if contrat.parent else contrat.debut


def _months(first: date, last: date) -> int:
    """Whole or begun months between two dates: 1 January to 31 December is 12."""
    end = last + timedelta(days=1)
    months = (end.year - first.year) * 12 + end.month - first.month
    return months + (1 if end.day > first.day else 0)


def _age_reached(birth: date, age: int, on: date) -> bool:
    return (on.year - birth.year, on.month, on.day) >= (age, birth.month, birth.day)
