"""Tables of the disputes, remissions, lists, extinctions, clearings and procedures."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.tables import EtatColumn, EurosColumn, LienColumn, NombreColumn, Table
from apps.recoveries.models import (
    Apurement,
    Contestation,
    DemandeRemise,
    Extinction,
    ListeNonValeur,
    ProcedureCollective,
)

# A deadline that comes within this many days is pointed out.
BIENTOT = 30


def clock(limit: date | None, on: date) -> SafeString | str:
    """A deadline with the days left: « 12/05/2023, 9 jours »."""
    if limit is None:
        return "—"
    left = (limit - on).days
    if left < 0:
        return format_html(
            '{} <span class="fr-badge fr-badge--sm fr-badge--no-icon fr-badge--error">Dépassée'
            "</span>",
            f"{limit:%d/%m/%Y}",
        )
    text = f"{limit:%d/%m/%Y}, {left} jour{'s' if left > 1 else ''}"
    if left > BIENTOT:
        return text
    return format_html(
        '{} <span class="fr-badge fr-badge--sm fr-badge--no-icon fr-badge--warning">Bientôt</span>',
        text,
    )


class ParOrdreTable(Table):
    """What hangs on an order: its structure is hidden to the structure itself."""

    structure = tables.Column(
        accessor="ordre__structure__denomination",
        order_by="ordre__structure__cle_tri",
        verbose_name="Structure",
    )
    financeur = tables.Column(accessor="ordre__financeur__nom", verbose_name="Financeur")

    def __init__(self, *args: Any, on: date | None = None, **kwargs: Any) -> None:
        self.on = on
        super().__init__(*args, **kwargs)

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")


class ContestationTable(ParOrdreTable):
    ordre = LienColumn(
        "apurement:contestation", accessor="ordre__numero", verbose_name="Ordre contesté"
    )
    deposee_le = tables.DateColumn(verbose_name="Reçue le", format="d/m/Y")
    reste = EurosColumn(accessor="ordre__reste", verbose_name="Reste dû", orderable=False)
    etat = EtatColumn()
    decidee_le = tables.DateColumn(verbose_name="Décidée le", format="d/m/Y")

    class Meta:
        model = Contestation
        fields = ("ordre", "deposee_le", "structure", "financeur", "reste", "etat", "decidee_le")
        sequence = fields
        caption = "Contestations des ordres de recouvrer"

    def render_ordre(self, value: int) -> str:
        return f"n° {value}"


class RemiseTable(ParOrdreTable):
    ordre = LienColumn("apurement:remise", accessor="ordre__numero", verbose_name="Ordre")
    demandee_le = tables.DateColumn(verbose_name="Demandée le", format="d/m/Y")
    etat = EtatColumn()
    montant_propose = EurosColumn(verbose_name="Remise proposée")
    montant_accorde = EurosColumn(verbose_name="Remise accordée")
    recue_le = tables.Column(verbose_name="Réponse avant le", empty_values=())

    class Meta:
        model = DemandeRemise
        fields = (
            "ordre",
            "demandee_le",
            "structure",
            "financeur",
            "etat",
            "montant_propose",
            "montant_accorde",
            "recue_le",
        )
        sequence = fields
        caption = "Demandes de remise"

    def render_ordre(self, value: int) -> str:
        return f"n° {value}"

    def render_recue_le(self, record: DemandeRemise) -> SafeString | str:
        return clock(record.echeance, self.on or date.max)


class ListeTable(Table):
    numero = LienColumn("apurement:liste", verbose_name="Liste")
    financeur = tables.Column(accessor="financeur__nom", verbose_name="Financeur")
    soumise_le = tables.DateColumn(verbose_name="Soumise le", format="d/m/Y")
    etat = EtatColumn()
    recue_le = tables.Column(verbose_name="Réponse avant le", empty_values=())
    creances = NombreColumn(verbose_name="Créances")
    a_decider = NombreColumn(verbose_name="À décider")
    admis = EurosColumn(verbose_name="Admis en non-valeur")

    class Meta:
        model = ListeNonValeur
        fields = (
            "numero",
            "financeur",
            "soumise_le",
            "etat",
            "recue_le",
            "creances",
            "a_decider",
            "admis",
        )
        caption = "Listes de non-valeurs"

    def __init__(self, *args: Any, on: date | None = None, **kwargs: Any) -> None:
        self.on = on
        super().__init__(*args, **kwargs)

    def render_numero(self, value: int) -> str:
        return f"n° {value}"

    def render_recue_le(self, record: ListeNonValeur) -> SafeString | str:
        return clock(record.echeance, self.on or date.max)


class ExtinctionTable(ParOrdreTable):
    ordre = LienColumn("apurement:extinction", accessor="ordre__numero", verbose_name="Ordre")
    proposee_le = tables.DateColumn(verbose_name="Proposée le", format="d/m/Y")
    motif = tables.Column(verbose_name="Motif")
    montant = EurosColumn(verbose_name="Montant")
    etat = EtatColumn()

    class Meta:
        model = Extinction
        fields = ("ordre", "proposee_le", "structure", "financeur", "motif", "montant", "etat")
        sequence = fields
        caption = "Extinctions de créance"

    def render_ordre(self, value: int) -> str:
        return f"n° {value}"


class ApurementTable(ParOrdreTable):
    ordre = LienColumn(
        "recoveries:ordre",
        accessor="ordre__numero",
        args=[tables.A("ordre_id")],
        verbose_name="Ordre",
    )
    le = tables.DateColumn(verbose_name="Apuré le", format="d/m/Y")
    montant = EurosColumn(verbose_name="Montant apuré")
    initiale = tables.Column(verbose_name="Créance")

    class Meta:
        model = Apurement
        fields = ("ordre", "le", "structure", "financeur", "montant", "initiale")
        sequence = fields
        caption = "Apurements automatiques"

    def render_ordre(self, value: int) -> str:
        return f"n° {value}"

    def render_initiale(self, value: bool) -> str:
        return "Créance initiale" if value else "Reste à recouvrer"


class ProcedureTable(Table):
    structure = LienColumn(
        "apurement:procedure",
        accessor="structure__denomination",
        order_by="structure__cle_tri",
        verbose_name="Structure",
    )
    nature = tables.Column(verbose_name="Nature")
    jugement_le = tables.DateColumn(verbose_name="Jugement du", format="d/m/Y")
    etat = EtatColumn()
    bodacc_le = tables.Column(verbose_name="À déclarer avant le", empty_values=())
    a_declarer = NombreColumn(verbose_name="Ordres à déclarer")

    class Meta:
        model = ProcedureCollective
        fields = ("structure", "nature", "jugement_le", "etat", "bodacc_le", "a_declarer")
        caption = "Procédures collectives"

    def __init__(self, *args: Any, on: date | None = None, **kwargs: Any) -> None:
        self.on = on
        super().__init__(*args, **kwargs)

    def render_bodacc_le(self, record: ProcedureCollective) -> SafeString | str:
        if not record.a_declarer:
            return f"{record.limite_declaration:%d/%m/%Y}" if record.bodacc_le else "—"
        return clock(record.limite_declaration, self.on or date.max)
