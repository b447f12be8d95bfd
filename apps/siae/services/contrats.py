"""Contracts: hiring, correction, renewal, exit (spec 01 §2).

The RSA status and the département that bears it are those of the first contract of the series;
renewals inherit them. A month already certified freezes what its hours were accepted on. The
salarié is locked first: two contracts of one person are never written at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F

from apps.core.clock import today
from apps.core.errors import Refus
from apps.journal.services import Fact, record, record_many
from apps.siae import checks, identifiers, permissions
from apps.siae.codes import MotifSortie
from apps.siae.models import Contrat, Salarie, Siae
from apps.siae.services.changes import apply_values, check_choices, read_values, store_changes

if TYPE_CHECKING:
    from apps.accounts.models import Membership

RSA = ("rsa", "rsa_departement")
TERMS = (
    "forme",
    "debut",
    "fin",
    "heures_hebdo",
    "salaire_brut",
    "code_rome",
    "autre_aide_etat",
)
# What renewals take from the first contract of their series.
INHERITED = (*RSA, "rsa_depuis")
FIELDS = (*TERMS, *INHERITED)
# What the eligibility of certified hours rests on.
FROZEN = frozenset({"forme", "debut", "autre_aide_etat"})
READERS = {
    "code_rome": identifiers.read_code_rome,
    "rsa_departement": lambda text: identifiers.read_departement(text) if text.strip() else "",
}


@transaction.atomic
def create_contrat(acting: Membership, salarie: Salarie, siae: Siae, **fields: Any) -> Contrat:
    """The first contract of a series, with the RSA status before this hiring."""
    salarie = _locked(acting, salarie)
    if siae.structure_id != salarie.structure_id:
        raise Refus("Cette mesure n’est pas l’une de celles de la structure du salarié.")
    contrat = Contrat(salarie=salarie, siae=siae)
    values = read_values(fields, READERS)
    apply_values(contrat, values, FIELDS)
    _check(contrat)
    contrat.save()
    record(acting, "contrat.cree", contrat, apres={"mesure": siae.mesure, **values})
    return contrat


@transaction.atomic
def update_contrat(
    acting: Membership, contrat: Contrat, *, revision: int | None = None, **fields: Any
) -> Contrat:
    """Correct a contract, within what the months already certified allow.

    `revision` is the one that was read: raises `ModifieEntreTemps` when it is no longer current.
    """
    contrat = _locked_contrat(acting, contrat)
    before, after = apply_values(contrat, read_values(fields, READERS), FIELDS)
    if not after:
        return contrat
    faults = []
    if set(after) & set(RSA):
        faults += _rsa_faults(contrat)
    if set(after) & FROZEN:
        faults += checks.frozen_faults(
            [contrat], "La date d’embauche, la forme du contrat ou l’autre aide de l’État"
        )
    if "fin" in after:
        faults += checks.last_day_faults(contrat)
    if faults:
        raise Refus(*faults)
    _check(contrat)
    store_changes(contrat, after, revision)
    record(acting, "contrat.modifie", contrat, avant=before, apres=after)
    _inherit(acting, contrat, {name: after[name] for name in INHERITED if name in after})
    return contrat


@transaction.atomic
def renew_contrat(
    acting: Membership, contrat: Contrat, *, debut: date, fin: date, **changes: Any
) -> Contrat:
    """The next contract of the series; what is not given is that of the contract it follows."""
    contrat = _locked_contrat(acting, contrat)
    if set(changes) & set(RSA):
        raise Refus(
            "La situation au regard du RSA est celle du premier contrat : elle ne change pas au "
            "renouvellement."
        )
    root = contrat.parent or contrat
    if root.renouvellements.filter(
        numero_renouvellement__gt=contrat.numero_renouvellement
    ).exists():
        raise Refus("Ce contrat est déjà renouvelé : renouvelez le dernier de la série.")
    faults = checks.renewal_faults(contrat, debut)
    if faults:
        raise Refus(*faults)
    nouveau = _next_of(contrat, root)
    nouveau.debut, nouveau.fin = debut, fin
    values = read_values(changes, READERS)
    apply_values(nouveau, values, TERMS)
    _check(nouveau)
    nouveau.save()
    record(
        acting,
        "contrat.renouvele",
        nouveau,
        apres={
            "renouvellement": nouveau.numero_renouvellement,
            "debut": debut,
            "fin": fin,
            **values,
        },
    )
    return nouveau


@transaction.atomic
def record_exit(
    acting: Membership,
    contrat: Contrat,
    *,
    date_sortie: date | None,
    motif_sortie: str,
    on: date | None = None,
) -> Contrat:
    """The actual exit: its date and its reason together, inside the contract."""
    contrat = _locked_contrat(acting, contrat)
    if date_sortie is None or not motif_sortie:
        raise Refus("La date et le motif de sortie se renseignent ensemble.")
    if motif_sortie not in MotifSortie.values:
        raise Refus("Choisissez le motif de sortie dans la liste.")
    root = contrat.parent_id or contrat.pk
    following = Contrat.objects.filter(
        parent=root, numero_renouvellement__gt=contrat.numero_renouvellement
    )
    if following.exists():
        raise Refus(
            "Ce contrat a été renouvelé : la sortie s’enregistre sur le dernier contrat de la "
            "série."
        )
    faults = checks.exit_faults(contrat, date_sortie, on=on or today())
    before, after = apply_values(
        contrat,
        {"date_sortie": date_sortie, "motif_sortie": motif_sortie},
        ("date_sortie", "motif_sortie"),
    )
    faults = faults or checks.last_day_faults(contrat)
    if faults:
        raise Refus(*faults)
    if after:
        store_changes(contrat, after, None)
        record(acting, "contrat.sortie", contrat, avant=before, apres=after)
    return contrat


@transaction.atomic
def cancel_exit(acting: Membership, contrat: Contrat, *, motif: str) -> Contrat:
    """An exit recorded by mistake is withdrawn; the contract runs to its planned end again."""
    contrat = _locked_contrat(acting, contrat)
    if contrat.date_sortie is None:
        raise Refus("Aucune sortie n’est enregistrée sur ce contrat.")
    if not motif.strip():
        raise Refus("Indiquez pourquoi la sortie est annulée.")
    before, after = apply_values(
        contrat, {"date_sortie": None, "motif_sortie": ""}, ("date_sortie", "motif_sortie")
    )
    _check(contrat)
    store_changes(contrat, after, None)
    record(acting, "contrat.sortie_annulee", contrat, motif=motif, avant=before, apres=after)
    return contrat


def _locked(acting: Membership, salarie: Salarie) -> Salarie:
    salarie = (
        Salarie.objects.select_for_update(of=("self",))
        .select_related("structure")
        .get(pk=salarie.pk)
    )
    permissions.can_edit_salaries(acting, salarie.structure).enforce()
    permissions.can_change_fiche(salarie).enforce()
    return salarie


def _locked_contrat(acting: Membership, contrat: Contrat) -> Contrat:
    """The contract, re-read and locked after its salarié."""
    salarie = _locked(acting, contrat.salarie)
    locked = (
        Contrat.objects.select_for_update(of=("self",))
        .select_related("siae", "parent")
        .get(pk=contrat.pk)
    )
    locked.salarie = salarie
    return locked


def _inherit(acting: Membership, first: Contrat, changes: Mapping[str, Any]) -> None:
    """Renewals follow the RSA status of the first of the series, and their histories say so."""
    renewals = list(first.renouvellements.all())
    if not changes or not renewals:
        return
    facts = [
        Fact(
            "contrat.modifie",
            renewal,
            avant={name: getattr(renewal, name) for name in changes},
            apres=changes,
        )
        for renewal in renewals
    ]
    first.renouvellements.update(**changes, revision=F("revision") + 1)
    record_many(acting, facts)


def _next_of(contrat: Contrat, root: Contrat) -> Contrat:
    """The next of a series, on the terms of `contrat` and with the RSA status of the first."""
    return Contrat(
        salarie=contrat.salarie,
        siae=contrat.siae,
        parent=root,
        numero_renouvellement=contrat.numero_renouvellement + 1,
        forme=contrat.forme,
        heures_hebdo=contrat.heures_hebdo,
        salaire_brut=contrat.salaire_brut,
        code_rome=contrat.code_rome,
        autre_aide_etat=contrat.autre_aide_etat,
        **{name: getattr(root, name) for name in INHERITED},
    )


def _rsa_faults(contrat: Contrat) -> list[str]:
    if contrat.parent_id is not None:
        return [
            "La situation au regard du RSA est celle du premier contrat de la série : corrigez-la "
            "sur celui-ci."
        ]
    series = [contrat, *contrat.renouvellements.all()]
    return checks.frozen_faults(series, "La situation au regard du RSA")


def _check(contrat: Contrat) -> None:
    for name in ("debut", "fin", "heures_hebdo", "salaire_brut"):
        if getattr(contrat, name) is None:
            raise Refus(f"À renseigner : {Contrat._meta.get_field(name).verbose_name}.")
    check_choices(contrat, ("forme", "code_rome", "rsa_depuis", *RSA))
    others = Contrat.objects.filter(salarie=contrat.salarie_id, siae=contrat.siae_id)
    faults = checks.contrat_faults(contrat, others.exclude(pk=contrat.pk))
    if faults:
        raise Refus(*faults)
