"""Tables of runs, of their lines, of what they hold, of the payments made."""

from __future__ import annotations

from typing import Any

import django_tables2 as tables
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.core.tables import (
    WRAPPED,
    ActionColumn,
    EtatColumn,
    EurosColumn,
    LienColumn,
    MoisColumn,
    NombreColumn,
    Table,
)
from apps.core.templatetags.extranet import euros
from apps.payments.models import Campagne, Retenue, Versement
from apps.payments.recap import cause, difference
from apps.payments.watch import VIREMENT


class CampagneTable(Table):
    numero = LienColumn("payments:campagne", verbose_name="Campagne")
    mois = MoisColumn(verbose_name="Mois")
    jour_paiement = tables.DateColumn(verbose_name="Jour de paiement", format="d/m/Y")
    etat = EtatColumn()
    nombre_versements = NombreColumn(verbose_name="Versements")
    montant = EurosColumn(verbose_name="Montant")
    part_etat = EurosColumn(verbose_name="Part État")
    part_cd = EurosColumn(verbose_name="Part départements")
    nombre_retenues = NombreColumn(verbose_name="Échéances retenues")

    class Meta:
        model = Campagne
        fields = (
            "numero",
            "mois",
            "jour_paiement",
            "etat",
            "nombre_versements",
            "montant",
            "part_etat",
            "part_cd",
            "nombre_retenues",
        )
        caption = "Campagnes de paiement"

    def render_numero(self, value: int) -> str:
        return f"n° {value}"


# What releases an instalment held for each reason.
SUITES: dict[str, str] = {
    Retenue.Motif.EMP_MANQUANT: "La structure certifie l’état mensuel, puis l’ASP le valide.",
    Retenue.Motif.SUSPENSION: "La suspension tombe avec l’état manquant, ou par décision de l’ASP.",
    Retenue.Motif.BANQUE: "La structure propose ses coordonnées bancaires, l’ASP les contrôle.",
    Retenue.Motif.CAOM: "L’État et le département signent la CAOM.",
    Retenue.Motif.MANDAT: "Le département et l’ASP signent la convention de mandat.",
    Retenue.Motif.BAREME: "Le barème est complété dès sa publication.",
    Retenue.Motif.RETRAIT: "L’ASP reprend la ligne dans une prochaine campagne.",
    Retenue.Motif.FONDS: "Le département verse des fonds, la campagne suivante paie sa part.",
    Retenue.Motif.BANQUE_MODIFIEE: "L’ASP vérifie les nouvelles coordonnées bancaires.",
    Retenue.Motif.REJET_VIREMENT: "La structure corrige ses coordonnées bancaires, l’ASP les "
    "contrôle.",
    Retenue.Motif.BAISSE: "L’ASP vérifie l’échéance.",
}


class LigneTable(Table):
    """Lines of a run, each with its difference with the month before and the reason of it."""

    annexe = LienColumn(
        "annexes:detail",
        args=[tables.A("annexe_id")],
        verbose_name="Annexe et structure",
        attrs={"a": {"class": "fr-link"}, **WRAPPED},
    )
    mois = MoisColumn(verbose_name="Mois")
    nature = tables.Column(verbose_name="Nature", attrs=WRAPPED)
    montant = EurosColumn(verbose_name="Montant")
    part_etat = EurosColumn(verbose_name="Part État")
    part_cd = EurosColumn(verbose_name="Part CD")
    ecart = tables.Column(
        verbose_name="Écart sur un mois", empty_values=(), orderable=False, attrs=WRAPPED
    )
    etat = EtatColumn(accessor="statut")
    pourquoi = ActionColumn("Pourquoi ?", "payments:versement", verbose_name="Calcul")
    retirer = ActionColumn("Retirer", "payments:ligne_retirer", verbose_name="Retrait")
    rejeter = ActionColumn("Rejeter", "payments:ligne_rejeter", verbose_name="Rejet")

    class Meta:
        model = Versement
        fields = ("annexe", "mois", "nature", "montant", "part_etat", "part_cd")
        caption = "Lignes de la campagne"

    def __init__(self, *args: Any, comparaison: str = "", **kwargs: Any) -> None:
        """`comparaison`: address of the page that compares the run with the month before."""
        super().__init__(*args, **kwargs)
        self.comparaison = comparaison

    def render_annexe(self, record: Versement) -> SafeString:
        return format_html("{}<br>{}", record.annexe, record.structure)

    def render_ecart(self, record: Versement) -> SafeString:
        gap, reason = difference(record), cause(record)
        parts = [text for text in ("" if gap is None else euros(gap), reason) if text]
        told = format_html_join(mark_safe("<br>"), "{}", ((text,) for text in parts))
        if not self.comparaison or not reason:
            return told
        return format_html(
            '<a class="fr-link fr-link--sm" href="{}?q={}">{}'
            '<span class="fr-sr-only">, {}</span></a>',
            self.comparaison,
            record.annexe.numero,
            told,
            record.annexe,
        )


class EcartTable(Table):
    """Annexes whose amount is not that of the month before, with every part of the difference."""

    annexe = LienColumn("annexes:detail", args=[tables.A("annexe__pk")], verbose_name="Annexe")
    structure = tables.Column(
        accessor="annexe__siae__structure__denomination",
        verbose_name="Structure",
        order_by="annexe__siae__structure__cle_tri",
        attrs=WRAPPED,
    )
    avant = EurosColumn(verbose_name="Mois précédent")
    apres = EurosColumn(verbose_name="Cette campagne")
    montant = EurosColumn(verbose_name="Écart", order_by="montant")
    composantes = tables.Column(verbose_name="Cause", orderable=False, attrs=WRAPPED)

    class Meta:
        caption = "Écarts par annexe"

    def render_composantes(self, value: Any) -> SafeString:
        """One line per cause; its part of the difference is given when there are several."""
        if len(value) == 1:
            return format_html("{}", value[0].libelle)
        rows = ((part.libelle, euros(part.montant)) for part in value)
        return format_html_join(mark_safe("<br>"), "{} : {}", rows)


class RetenueTable(Table):
    annexe = LienColumn("annexes:detail", args=[tables.A("annexe_id")], verbose_name="Annexe")
    structure = tables.Column(
        verbose_name="Structure",
        accessor="annexe__siae__structure__denomination",
        order_by="annexe__siae__structure__cle_tri",
        attrs=WRAPPED,
    )
    mois = MoisColumn(verbose_name="Mois")
    nature = tables.Column(verbose_name="Nature", attrs=WRAPPED)
    motif = tables.Column(verbose_name="Raison", attrs=WRAPPED)
    detail = tables.Column(verbose_name="Détail", orderable=False, attrs=WRAPPED)
    montant_prevu = EurosColumn(verbose_name="Attendu")

    class Meta:
        model = Retenue
        fields = ("annexe", "structure", "mois", "nature", "motif", "detail", "montant_prevu")
        caption = "Échéances retenues"

    def render_montant_prevu(self, record: Retenue) -> str:
        """A final regularisation depends on all the hours: nothing can be said before."""
        unknown = record.nature == Versement.Nature.SOLDE and not record.montant_prevu
        return "Selon les heures" if unknown else euros(record.montant_prevu)


class VersementTable(Table):
    """Payments made, as every role sees those of its own scope."""

    annexe = LienColumn("annexes:detail", args=[tables.A("annexe_id")], verbose_name="Annexe")
    structure = tables.Column(
        verbose_name="Structure",
        accessor="structure__denomination",
        order_by="structure__cle_tri",
        attrs=WRAPPED,
    )
    mois = MoisColumn(verbose_name="Mois")
    nature = tables.Column(verbose_name="Nature", attrs=WRAPPED)
    execute_le = tables.DateColumn(verbose_name="Payé le", format="d/m/Y")
    montant = EurosColumn(verbose_name="Montant")
    part_etat = EurosColumn(verbose_name="Part État")
    part_cd = EurosColumn(verbose_name="Part CD")
    pourquoi = ActionColumn("Pourquoi ?", "payments:versement", verbose_name="Calcul")

    class Meta:
        model = Versement
        fields = (
            "annexe",
            "structure",
            "mois",
            "nature",
            "execute_le",
            "montant",
            "part_etat",
            "part_cd",
        )
        caption = "Versements de l’aide au poste"

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")


class AlerteTable(Table):
    """What the night watch found; rows join an alert (`watch.Alerte`) and its annex."""

    annexe = LienColumn(
        "payments:echeancier",
        args=[tables.A("alerte__annexe_id")],
        verbose_name="Annexe",
    )
    structure = tables.Column(
        accessor="annexe__siae__structure__denomination", verbose_name="Structure", attrs=WRAPPED
    )
    mois = MoisColumn(accessor="alerte__mois", verbose_name="Mois")
    nature = tables.Column(accessor="alerte__nature", verbose_name="Nature", attrs=WRAPPED)
    montant = EurosColumn(accessor="alerte__montant", verbose_name="Montant attendu")
    depuis = tables.DateColumn(accessor="alerte__depuis", verbose_name="Depuis le", format="d/m/Y")
    motif = tables.Column(
        accessor="alerte__motif", verbose_name="Raison", orderable=False, attrs=WRAPPED
    )

    def __init__(self, *args: Any, legende: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.legende = legende

    @property
    def caption(self) -> str:
        return self.legende

    def render_nature(self, value: str) -> str:
        return "Virement" if value == VIREMENT else str(Versement.Nature(value).label)


class EcheanceRetenueTable(RetenueTable):
    """What the last run held, with what will release it."""

    suite = tables.Column(
        verbose_name="Ce qui débloquera", accessor="motif", orderable=False, attrs=WRAPPED
    )

    class Meta(RetenueTable.Meta):
        caption = "Échéances retenues à la dernière campagne"

    def render_suite(self, record: Retenue) -> str:
        return SUITES[record.motif]

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")
