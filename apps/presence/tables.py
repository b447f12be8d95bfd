"""Tables: annexes × months of a year, the ASP's queue, the controls on documents."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString

from apps.accounts.models import Membership
from apps.annexes.models import AnnexeFinanciere
from apps.core.tables import EtatColumn, HeuresColumn, LienColumn, MoisColumn, NombreColumn, Table
from apps.core.templatetags.extranet import BADGES
from apps.presence.models import Controle, EtatMensuel
from apps.presence.permissions import can_enter
from apps.presence.services.suspensions import deadline_of
from apps.rules.periods import Month

E = EtatMensuel.Etat
# Twelve months stand side by side without scrolling: one short word each.
COURT = {
    E.BROUILLON: "Saisie",
    E.SAISI: "Certifié",
    E.VALIDE: "Validé",
    E.DEBLOQUE: "Rouvert",
    E.CARENCE: "Carence",
}
MOIS_COURTS = (
    "Janv.",
    "Févr.",
    "Mars",
    "Avr.",
    "Mai",
    "Juin",
    "Juil.",
    "Août",
    "Sept.",
    "Oct.",
    "Nov.",
    "Déc.",
)


class MoisCell(tables.Column):
    """State of one month of an annex, with a link to its statement when there is a page."""

    def __init__(self, mois: date, acting: Membership, on: date) -> None:
        self.mois = mois
        self.acting = acting
        self.on = on
        super().__init__(verbose_name=MOIS_COURTS[mois.month - 1], orderable=False, empty_values=())

    def render(self, record: AnnexeFinanciere) -> SafeString | str:
        etat = next((etat for etat in record.etats_lus if etat.mois == self.mois), None)
        courante = record.courante
        if etat is None and not courante.debut <= self.mois <= courante.fin:
            return "–"
        content = _state(etat) if etat else self._awaited(record)
        if etat is None and (self.mois > self.on or self.acting.is_cd):
            return content
        return format_html(
            '<a class="fr-link" href="{}">{}<span class="fr-sr-only"> {}, {}</span></a>',
            reverse("presence:saisie", args=[record.pk, self.mois]),
            content,
            Month.of(self.mois).label,
            record,
        )

    def value(self, record: AnnexeFinanciere) -> str:
        """The word alone, for the export of the list."""
        etat = next((etat for etat in record.etats_lus if etat.mois == self.mois), None)
        courante = record.courante
        if etat is not None:
            return COURT[etat.etat]
        if not courante.debut <= self.mois <= courante.fin:
            return ""
        return strip_tags(self._awaited(record))

    def _awaited(self, annexe: AnnexeFinanciere) -> SafeString | str:
        """A statement nobody has opened: to come, expected, or late."""
        if self.mois > self.on:
            return "À venir"
        if self.on > deadline_of(self.mois) and annexe.courante.etat == "VALIDE":
            return _badge("Retard", "error")
        return _badge("À saisir", "info") if can_enter(self.acting, annexe) else "Non saisi"


class SuiviTable(Table):
    annexe = LienColumn("annexes:detail", accessor="numero", verbose_name="Annexe financière")
    structure = tables.Column(
        accessor="siae__structure__denomination",
        order_by="siae__structure__cle_tri",
        verbose_name="Structure",
    )

    class Meta:
        model = AnnexeFinanciere
        fields = ("annexe", "structure")
        attrs = {"class": "ex-annee"}
        caption = "États mensuels de présence par annexe financière et par mois"

    def __init__(self, *args: Any, annee: int, acting: Membership, on: date, **kwargs: Any) -> None:
        months = [
            (f"mois_{number}", MoisCell(date(annee, number, 1), acting, on))
            for number in range(1, 13)
        ]
        hidden = ("structure",) if acting.is_siae else ()
        super().__init__(*args, extra_columns=months, exclude=hidden, **kwargs)

    def render_annexe(self, record: AnnexeFinanciere) -> str:
        return str(record)


class ReviewTable(Table):
    """The queue; only the statements without anomaly have a box to tick."""

    choix = tables.Column(
        verbose_name="Choisir", accessor="pk", orderable=False, exclude_from_export=True
    )
    etat = tables.Column(accessor="pk", verbose_name="État mensuel", order_by=("mois", "pk"))
    structure = tables.Column(
        accessor="annexe__siae__structure__denomination",
        order_by="annexe__siae__structure__cle_tri",
        verbose_name="Structure",
    )
    certifie_le = tables.DateColumn(verbose_name="Certifié le", format="d/m/Y")
    lignes_declarees = NombreColumn(verbose_name="Contrats")
    heures = HeuresColumn(verbose_name="Déclarées")
    heures_ineligibles = HeuresColumn(verbose_name="Non éligibles")
    anomalie = tables.Column(verbose_name="À examiner", order_by=("-anomalie", "certifie_le"))
    est_signe = tables.Column(verbose_name="État signé")

    class Meta:
        model = EtatMensuel
        fields = (
            "choix",
            "etat",
            "structure",
            "certifie_le",
            "lignes_declarees",
            "heures",
            "heures_ineligibles",
            "anomalie",
            "est_signe",
        )
        row_header = "etat"
        caption = "États mensuels certifiés, à valider"

    def render_choix(self, record: EtatMensuel) -> SafeString | str:
        if record.anomalie:
            return "–"
        return format_html(
            '<div class="fr-checkbox-group fr-checkbox-group--sm">'
            '<input type="checkbox" name="etat" value="{0}" id="etat-{0}" form="lot">'
            '<label class="fr-label" for="etat-{0}"><span class="fr-sr-only">{1}</span></label>'
            "</div>",
            record.pk,
            record,
        )

    def render_etat(self, record: EtatMensuel) -> SafeString:
        return format_html(
            '<a class="fr-link" href="{}">{}<br>{}</a>',
            reverse("presence:valider", args=[record.pk]),
            Month.of(record.mois).label.capitalize(),
            record.annexe,
        )

    def value_etat(self, record: EtatMensuel) -> str:
        return f"{Month.of(record.mois).label.capitalize()}, {record.annexe}"

    def render_est_signe(self, record: EtatMensuel) -> SafeString | str:
        if not record.est_signe:
            return "Non déposé"
        return format_html(
            '<a class="fr-link fr-link--sm" href="{}">Voir<span class="fr-sr-only"> {}</span></a>',
            reverse("presence:signe", args=[record.pk]),
            record,
        )

    def value_est_signe(self, record: EtatMensuel) -> str:
        return "Oui" if record.est_signe else "Non"

    def render_lignes_declarees(self, value: int | None) -> int:
        return value or 0

    def render_anomalie(self, record: EtatMensuel) -> str:
        reasons = []
        if record.justification:
            reasons.append("écarts justifiés")
        if record.heures_ineligibles:
            reasons.append("heures non éligibles")
        if record.version > 1:
            reasons.append(f"version {record.version}")
        return ", ".join(reasons).capitalize() or "Non"


class ControleTable(Table):
    """Controls on documents; a structure sees its own."""

    numero = LienColumn("presence:controle", accessor="pk", verbose_name="Contrôle")
    structure = tables.Column(
        accessor="etat_mensuel__annexe__siae__structure__denomination",
        order_by="etat_mensuel__annexe__siae__structure__cle_tri",
        verbose_name="Structure",
    )
    annexe = tables.Column(
        accessor="etat_mensuel__annexe__numero", verbose_name="Annexe financière"
    )
    mois = MoisColumn(accessor="etat_mensuel__mois", verbose_name="Mois")
    etat = EtatColumn(order_by=("rang", "echeance"))
    echeance = tables.DateColumn(verbose_name="Pièces avant le", format="d/m/Y")
    nombre_pieces = NombreColumn(verbose_name="Fichiers reçus")

    class Meta:
        model = Controle
        fields = ("numero", "structure", "annexe", "mois", "etat", "echeance", "nombre_pieces")
        caption = "Contrôles sur pièces"

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        self.on = on
        super().__init__(*args, **kwargs)

    def render_numero(self, value: int) -> str:
        return f"n° {value}"

    def render_annexe(self, record: Controle) -> str:
        return str(record.etat_mensuel.annexe)

    def render_echeance(self, record: Controle) -> SafeString | str:
        text = f"{record.echeance:%d/%m/%Y}"
        if record.etat == Controle.Etat.DEMANDE and self.on > record.echeance:
            return format_html("{} {}", text, _badge("En retard", "error"))
        return text


def _state(etat: EtatMensuel) -> SafeString:
    return _badge(COURT[etat.etat], BADGES[etat.etat])


def _badge(text: str, kind: str) -> SafeString:
    return format_html(
        '<span class="fr-badge fr-badge--sm fr-badge--no-icon fr-badge--{}">{}</span>', kind, text
    )
