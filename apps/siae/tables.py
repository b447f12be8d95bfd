"""Tables of the lists of structures and salariés, and of the contracts of a fiche."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_tables2 as tables

from apps.core.tables import (
    WRAPPED,
    EtatColumn,
    HeuresColumn,
    LienColumn,
    NombreColumn,
    Table,
)
from apps.siae.models import Contrat, CoordonneesBancaires, Salarie, Structure


class StructureTable(Table):
    denomination = LienColumn("siae:structure", verbose_name="Structure", order_by="cle_tri")
    asp_id = NombreColumn(verbose_name="Identifiant ASP")
    siret = tables.Column(verbose_name="SIRET")
    siaes_vues = tables.Column(verbose_name="Mesures", orderable=False)
    departement = tables.Column(verbose_name="Département")
    commune = tables.Column(verbose_name="Commune")

    class Meta:
        model = Structure
        fields = ("denomination", "asp_id", "siret", "siaes_vues", "departement", "commune")
        caption = "Structures de l’insertion par l’activité économique"

    def render_asp_id(self, value: int) -> str:
        return str(value)

    def render_siaes_vues(self, value: list[Any]) -> str:
        return ", ".join(siae.get_mesure_display() for siae in value)


class BanqueTable(Table):
    structure = LienColumn("siae:banque_controler", verbose_name="Structure")
    titulaire = tables.Column(verbose_name="Titulaire")
    iban_masque = tables.Column(verbose_name="IBAN", orderable=False)
    propose_par = tables.Column(verbose_name="Proposées par", orderable=False)
    propose_le = tables.DateTimeColumn(verbose_name="Le", format="d/m/Y")
    etat = EtatColumn(orderable=False)

    class Meta:
        model = CoordonneesBancaires
        fields = ("structure", "titulaire", "iban_masque", "propose_par", "propose_le", "etat")
        caption = "Coordonnées bancaires à contrôler"
        order_by = "propose_le"


class SalarieTable(Table):
    nom = LienColumn("siae:salarie", accessor="nom", verbose_name="Salarié")
    numero = NombreColumn(verbose_name="Numéro")
    structure = tables.Column(
        verbose_name="Structure",
        accessor="structure__denomination",
        order_by="structure__cle_tri",
    )
    pass_iae = tables.Column(verbose_name="PASS IAE")
    pass_fin = tables.DateColumn(verbose_name="Fin du PASS", format="d/m/Y")
    contrats_vus = tables.Column(verbose_name="Dernier contrat", orderable=False)

    class Meta:
        model = Salarie
        fields = ("nom", "numero", "structure", "pass_iae", "pass_fin", "contrats_vus")
        caption = "Salariés"

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")

    def render_nom(self, record: Salarie) -> str:
        return str(record)

    def order_nom(self, queryset: Any, is_descending: bool) -> tuple[Any, bool]:
        sign = "-" if is_descending else ""
        return queryset.order_by(f"{sign}cle_tri", "pk"), True

    def render_numero(self, value: int) -> str:
        return str(value)

    def render_contrats_vus(self, value: list[Contrat]) -> str:
        last = value[0]
        mesure = last.siae.get_mesure_display()
        return f"{mesure}, du {last.debut:%d/%m/%Y} au {last.dernier_jour:%d/%m/%Y}"


class ContratListeTable(Table):
    """Contracts of one structure, or of several: to be renewed, to be ended."""

    salarie = LienColumn(
        "siae:contrat",
        verbose_name="Salarié",
        order_by="salarie__cle_tri",
        attrs={"a": {"class": "fr-link"}} | WRAPPED,
    )
    structure = tables.Column(
        verbose_name="Structure",
        accessor="siae__structure__denomination",
        order_by="siae__structure__cle_tri",
        attrs=WRAPPED,
    )
    mesure = tables.Column(
        verbose_name="Mesure", accessor="siae__get_mesure_display", order_by="siae__mesure"
    )
    forme = tables.Column(verbose_name="Forme")
    debut = tables.DateColumn(verbose_name="Début", format="d/m/Y")
    fin = tables.DateColumn(verbose_name="Fin prévue", format="d/m/Y")
    date_sortie = tables.DateColumn(verbose_name="Sortie", format="d/m/Y")
    numero_renouvellement = NombreColumn(verbose_name="Rang")
    heures_hebdo = HeuresColumn(verbose_name="Par semaine")
    rsa = tables.Column(verbose_name="RSA avant l’embauche", attrs=WRAPPED)
    pass_fin = tables.DateColumn(
        verbose_name="Fin du PASS", accessor="salarie__pass_fin", format="d/m/Y"
    )

    class Meta:
        model = Contrat
        fields = (
            "salarie",
            "structure",
            "mesure",
            "forme",
            "debut",
            "fin",
            "date_sortie",
            "numero_renouvellement",
            "heures_hebdo",
            "rsa",
            "pass_fin",
        )
        caption = "Contrats"
        order_by = ("fin", "salarie")

    def before_render(self, request: Any) -> None:
        if request.acting.is_siae:
            self.columns.hide("structure")


class ContratTable(Table):
    """Contracts of a fiche, read with `with_renewed`. `modifiable` adds the structure's acts."""

    debut = LienColumn("siae:contrat", verbose_name="Début")
    fin = tables.DateColumn(verbose_name="Fin prévue", format="d/m/Y")
    siae = tables.Column(verbose_name="Mesure", accessor="siae__get_mesure_display")
    forme = tables.Column(verbose_name="Forme")
    numero_renouvellement = tables.Column(verbose_name="Rang")
    heures_hebdo = HeuresColumn(verbose_name="Par semaine")
    rsa = tables.Column(verbose_name="RSA avant l’embauche")
    date_sortie = tables.Column(verbose_name="Sortie", attrs=WRAPPED)
    actes = tables.TemplateColumn(
        template_name="siae/contrat_actes.html", verbose_name="Actions", orderable=False
    )

    class Meta:
        model = Contrat
        fields = (
            "debut",
            "fin",
            "siae",
            "forme",
            "numero_renouvellement",
            "heures_hebdo",
            "rsa",
            "date_sortie",
        )
        caption = "Contrats du salarié"
        orderable = False

    def __init__(self, *args: Any, modifiable: bool, **kwargs: Any) -> None:
        hidden = () if modifiable else ("actes",)
        super().__init__(*args, exclude=hidden, **kwargs)

    def render_debut(self, value: date) -> str:
        return f"{value:%d/%m/%Y}"

    def render_numero_renouvellement(self, value: int) -> str:
        return f"Renouvellement {value}" if value else "Contrat initial"

    def render_rsa(self, record: Contrat) -> str:
        bearer = f" ({record.rsa_departement})" if record.is_brsa else ""
        return f"{record.get_rsa_display()}{bearer}"

    def render_date_sortie(self, record: Contrat) -> str:
        return f"{record.date_sortie:%d/%m/%Y} : {record.get_motif_sortie_display()}"
