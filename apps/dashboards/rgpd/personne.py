"""Everything that is held on a salarié, for the right of access and the portability of data.

`gather` reads it within what the reader sees; `as_json` and `draw_person` write the same sections
for a machine and for a person. A NIR is told to be held, never written. The authors of the
journal's entries are given by their organisation: their names are other people's data.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.text import slugify

from apps.accounts.models import Membership
from apps.core.pdf import Drawn, render_pdf
from apps.core.words import plain_words
from apps.dashboards.models import DemandeDroit
from apps.journal.history import history_of_all
from apps.presence.models import (
    DocumentEtat,
    EtatSigne,
    JustificationEcart,
    LignePresence,
    PieceControle,
)
from apps.rules.periods import Month
from apps.siae.fiche import contrat_of, fiche_of
from apps.siae.models import Contrat, Salarie

TEMPLATE = "rgpd/personne_pdf.html"


@dataclass(frozen=True, slots=True)
class Tableau:
    """One kind of data held: what it is, its columns, its rows in words."""

    cle: str
    titre: str
    colonnes: tuple[str, ...]
    lignes: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    nom: str
    structure: str
    tableaux: tuple[Tableau, ...]

    @property
    def remplis(self) -> list[Tableau]:
        return [tableau for tableau in self.tableaux if tableau.lignes]


def gather(salarie: Salarie, acting: Membership) -> Dossier:
    """A dozen queries, whatever the length of the history."""
    contrats = list(
        Contrat.objects.visible_to(acting)
        .filter(salarie=salarie)
        .select_related("siae", "salarie")
        .order_by("debut", "pk")
    )
    return Dossier(
        str(salarie),
        str(salarie.structure),
        (
            _fiche(salarie, acting),
            _contracts(contrats),
            _hours(salarie, contrats),
            _remarks(contrats),
            _documents(contrats),
            _requests(salarie),
            _journal(salarie, contrats),
        ),
    )


def as_json(dossier: Dossier) -> str:
    """The same sections, their rows as objects named by the columns."""
    contents = {
        "personne": dossier.nom,
        "structure": dossier.structure,
        "donnees": {
            tableau.cle: [dict(zip(tableau.colonnes, row, strict=True)) for row in tableau.lignes]
            for tableau in dossier.tableaux
        },
    }
    return json.dumps(contents, ensure_ascii=False, indent=2)


def draw_person(dossier: Dossier, day: date) -> Drawn:
    """The readable copy; it is handed over and not kept."""
    return Drawn(
        nom=file_name(dossier, "pdf"),
        titre=f"Données détenues sur {dossier.nom}",
        contents=render_pdf(
            TEMPLATE,
            {"dossier": dossier, "jour": day, "structure": {"denomination": dossier.structure}},
        ),
    )


def file_name(dossier: Dossier, extension: str) -> str:
    return f"donnees-{slugify(dossier.nom)}.{extension}"


def _fiche(salarie: Salarie, acting: Membership) -> Tableau:
    rows = [
        (str(section["titre"]), str(label), str(value))
        for section in fiche_of(salarie, acting, eiti=True)
        for label, value in section["lignes"]
    ]
    rows.insert(0, ("Identité", "Numéro de salarié", str(salarie.numero)))
    if salarie.nir_chiffre:
        rows.append(("Identité", "Numéro de sécurité sociale", "Enregistré, chiffré ; non exporté"))
    return Tableau("fiche", "Fiche", ("Rubrique", "Donnée", "Valeur"), tuple(rows))


def _contracts(contrats: list[Contrat]) -> Tableau:
    rows = [
        (str(contrat.siae), str(number), str(label), str(value))
        for number, contrat in enumerate(contrats, 1)
        for label, value in contrat_of(contrat)
    ]
    return Tableau("contrats", "Contrats", ("SIAE", "Contrat", "Donnée", "Valeur"), tuple(rows))


def _hours(salarie: Salarie, contrats: list[Contrat]) -> Tableau:
    lines = (
        LignePresence.objects.filter(salarie=salarie, contrat__in=contrats)
        .select_related("etat_mensuel__annexe")
        .order_by("etat_mensuel__mois", "version", "pk")
    )
    rows = [
        (
            Month.of(line.etat_mensuel.mois).label,
            str(line.etat_mensuel.annexe),
            str(line.version),
            plain_words(line.heures_declarees),
            plain_words(line.heures_eligibles),
            plain_words(line.salaire_brut),
            plain_words(line.brsa),
            line.motif_ineligibilite,
            line.commentaire,
        )
        for line in lines
    ]
    columns = (
        "Mois",
        "Annexe",
        "Version de l’état",
        "Heures déclarées",
        "Heures éligibles",
        "Salaire brut",
        "Bénéficiaire du RSA",
        "Motif d’inéligibilité",
        "Commentaire",
    )
    return Tableau("heures", "Heures déclarées", columns, tuple(rows))


def _remarks(contrats: list[Contrat]) -> Tableau:
    found = JustificationEcart.objects.filter(contrat__in=contrats).select_related("etat_mensuel")
    rows = [
        (Month.of(remark.etat_mensuel.mois).label, remark.constat, remark.texte)
        for remark in found.order_by("etat_mensuel__mois", "pk")
    ]
    return Tableau("ecarts", "Écarts justifiés", ("Mois", "Écart", "Justification"), tuple(rows))


def _documents(contrats: list[Contrat]) -> Tableau:
    """Documents that name the person, or may: those of the statements with a line of theirs."""
    kinds: tuple[tuple[str, Any, str], ...] = (
        ("État mensuel archivé", DocumentEtat, "etat_mensuel"),
        ("État mensuel signé", EtatSigne, "etat_mensuel"),
        ("Pièce de contrôle", PieceControle, "controle__etat_mensuel"),
    )
    rows = []
    for label, model, path in kinds:
        found = (
            model.objects.filter(**{f"{path}__lignes__contrat__in": contrats})
            .distinct()
            .order_by(f"{path}__mois", "pk")
            .values_list(f"{path}__mois", "fichier__nom", "fichier__cree_le")
        )
        rows += [
            (label, Month.of(mois).label, nom, plain_words(cree_le)) for mois, nom, cree_le in found
        ]
    columns = ("Document", "Mois", "Fichier", "Archivé le")
    return Tableau("documents", "Documents où la personne figure", columns, tuple(rows))


def _requests(salarie: Salarie) -> Tableau:
    rows = [
        (
            str(demande.numero),
            demande.get_nature_display(),
            plain_words(demande.recue_le),
            demande.get_etat_display(),
            demande.reponse,
        )
        for demande in DemandeDroit.objects.filter(salarie=salarie).order_by("numero")
    ]
    columns = ("N°", "Droit", "Reçue le", "État", "Réponse")
    return Tableau("demandes", "Demandes de droits", columns, tuple(rows))


def _journal(salarie: Salarie, contrats: list[Contrat]) -> Tableau:
    entries = history_of_all([salarie, *contrats]).order_by("pk")
    rows = [
        (
            plain_words(entry.le),
            entry.organisation or "Traitement automatique",
            entry.phrase,
            entry.objet,
        )
        for entry in entries
    ]
    columns = ("Le", "Organisation", "Acte ou consultation", "Objet")
    return Tableau("journal", "Actes et consultations inscrits au journal", columns, tuple(rows))
