"""Applying the rows: each one through the forms and the services of the pages, in one transaction.

A refused row is rolled back alone and said with its line, column and what to do; the others are
kept. `preview` does exactly the same and rolls everything back. Called by the screens.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import DateField
from django.forms.models import model_to_dict

from apps.core.errors import Refus
from apps.siae import services
from apps.siae.checks import warnings_of
from apps.siae.fiche import EXIT, TERMS
from apps.siae.forms import ContratModifieForm, RenouvellementForm, SalarieForm, SortieForm
from apps.siae.importation.columns import FICHE, MESURE, PAR_NOM
from apps.siae.models import Contrat, ImportSalaries, Salarie, Siae, Structure

if TYPE_CHECKING:
    from apps.accounts.models import Membership

CREE, MIS_A_JOUR, INCHANGE, REFUSE = "CREE", "MIS_A_JOUR", "INCHANGE", "REFUSE"
TERMS_OF_A_RENEWAL = tuple(name for name in TERMS if not name.startswith("rsa"))


@dataclass(slots=True)
class Resultat:
    """What becomes of a row: `fiche` and `contrat` say what is written; `motifs` why it is not."""

    ligne: int
    nom: str
    fiche: str = INCHANGE
    contrat: str = ""
    motifs: list[str] = field(default_factory=list)
    alertes: list[str] = field(default_factory=list)
    salarie: Salarie | None = None

    @property
    def refuse(self) -> bool:
        return bool(self.motifs)


class LigneRefusee(Refus):
    """The faults of one row, each with its column."""


def preview(acting: Membership, demande: ImportSalaries) -> list[Resultat]:
    """What the confirmation would do today: the import itself, rolled back."""
    with transaction.atomic():
        results = _apply(acting, demande.structure, demande.lignes)
        transaction.set_rollback(True)
    return results


@transaction.atomic
def apply(acting: Membership, demande: ImportSalaries) -> list[Resultat]:
    """Write the accepted rows and empty the waiting ones. Raises Refus when already applied."""
    demande = services.take_import(acting, demande)
    results = _apply(acting, demande.structure, demande.lignes)
    if all(result.refuse for result in results):
        raise Refus("Aucune ligne ne peut être importée : corrigez le fichier et renvoyez-le.")
    services.close_import(
        acting,
        demande,
        importees=sum(not result.refuse for result in results),
        refusees=sum(result.refuse for result in results),
    )
    return results


def _apply(acting: Membership, structure: Structure, rows: list[dict[str, Any]]) -> list[Resultat]:
    siaes = {siae.mesure: siae for siae in structure.siaes.all()}
    results = []
    for row in rows:
        values = row["valeurs"]
        name = f"{values.get('nom', '').upper()} {values.get('prenom', '')}".strip()
        result = Resultat(row["ligne"], name)
        with _row(result):
            _apply_row(acting, structure, siaes, row, result)
        results.append(result)
    return results


@contextmanager
def _row(result: Resultat) -> Iterator[None]:
    """A savepoint of its own: a refusal undoes this row and says why."""
    try:
        with transaction.atomic():
            yield
    except Refus as refus:
        result.motifs = list(refus.motifs)
        result.fiche, result.contrat = REFUSE, ""


def _apply_row(
    acting: Membership,
    structure: Structure,
    siaes: dict[str, Siae],
    row: dict[str, Any],
    result: Resultat,
) -> None:
    values = row["valeurs"]
    _check_boxes(row)
    salarie = _fiche(acting, structure, row, result)
    result.salarie = salarie
    if "debut" not in values:
        given = [PAR_NOM[name].titre for name in (*TERMS, *EXIT) if name in values]
        if given:
            raise LigneRefusee(
                f"Indiquez la date d’embauche du contrat, ou laissez vide : {', '.join(given)}."
            )
        return
    siae = _siae(siaes, row)
    contrat = _contrat(acting, salarie, siae, row, result)
    if any(name in values for name in EXIT):
        before = contrat.revision
        contrat = services.record_exit(acting, contrat, **_cleaned(_exit(row), row))
        if contrat.revision != before and result.contrat == INCHANGE:
            result.contrat = MIS_A_JOUR
    result.alertes = warnings_of(contrat)


def _fiche(
    acting: Membership, structure: Structure, row: dict[str, Any], result: Resultat
) -> Salarie:
    """The fiche of that PASS IAE completed by the row, or a new one."""
    typed = {c.nom: row["valeurs"][c.nom] for c in FICHE if c.nom in row["valeurs"]}
    number = "".join(typed.get("pass_iae", "").split())
    known = structure.salaries.filter(pass_iae=number).first() if number else None
    kept = model_to_dict(known) if known else {}
    form = SalarieForm({**kept, **typed}, instance=known)
    values = _cleaned(form, row)
    if known is None:
        result.fiche = CREE
        return services.create_salarie(acting, structure, **values)
    updated = services.update_salarie(acting, known, **values)
    result.fiche = MIS_A_JOUR if updated.revision != kept["revision"] else INCHANGE
    return updated


def _contrat(
    acting: Membership, salarie: Salarie, siae: Siae, row: dict[str, Any], result: Resultat
) -> Contrat:
    """The contract of that date of hiring corrected, the next of a series, or a new one."""
    typed = {name: row["valeurs"][name] for name in TERMS if name in row["valeurs"]}
    debut = _day(row, "debut")
    of_siae = Contrat.objects.filter(salarie=salarie, siae=siae)
    known = of_siae.filter(debut=debut).first()
    if known is not None:
        form = ContratModifieForm({**model_to_dict(known), **typed}, instance=known)
        before = known.revision
        updated = services.update_contrat(acting, known, **_cleaned(form, row))
        result.contrat = MIS_A_JOUR if updated.revision != before else INCHANGE
        return updated
    result.contrat = CREE
    if row["valeurs"].get("renouvellement") != "True":
        form = ContratModifieForm(typed)
        return services.create_contrat(acting, salarie, siae, **_cleaned(form, row))
    previous = of_siae.filter(debut__lt=debut).order_by("-debut").first()
    if previous is None:
        raise LigneRefusee(
            "Il n’y a pas de contrat précédent à renouveler : laissez vide « Renouvellement du "
            "contrat précédent »."
        )
    same = {name: getattr(previous, name) for name in TERMS_OF_A_RENEWAL}
    renewed = {name: value for name, value in typed.items() if name in TERMS_OF_A_RENEWAL}
    form = RenouvellementForm({**same, **renewed})
    return services.renew_contrat(acting, previous, **_cleaned(form, row))


def _cleaned(form: Any, row: dict[str, Any]) -> dict[str, Any]:
    """What the form reads, without the revision; its faults with the letters of their columns."""
    if form.is_valid():
        return {name: value for name, value in form.cleaned_data.items() if name != "revision"}
    faults, missing = [], []
    for name, errors in form.errors.as_data().items():
        for error in errors:
            if error.code == "required":
                missing.append(_titled(row, name))
            elif error.code == "invalid_choice":
                typed = row["valeurs"].get(name, "")
                faults.append(f"{_place(row, name)}« {typed} » n’est pas dans la liste du modèle.")
            else:
                faults += [f"{_place(row, name)}{words}" for words in error.messages]
    if missing:
        faults.insert(0, f"À renseigner : {', '.join(missing)}.")
    raise LigneRefusee(*faults)


def _titled(row: dict[str, Any], name: str) -> str:
    """« colonne D (Date de naissance) », or the heading alone when the file has no such column."""
    titre, letter = PAR_NOM[name].titre, row["colonnes"].get(name)
    return f"colonne {letter} ({titre})" if letter else titre


def _place(row: dict[str, Any], name: str) -> str:
    """The column that a sentence is about; nothing for a fault of the whole row."""
    if name not in PAR_NOM:
        return ""
    words = _titled(row, name)
    return f"{words[:1].upper()}{words[1:]} : "


def _check_boxes(row: dict[str, Any]) -> None:
    """A box is ticked or not: a form would take any word for a yes."""
    faults = [
        f"{_place(row, name)}écrivez Oui ou Non."
        for name, value in row["valeurs"].items()
        if PAR_NOM[name].oui_non and value not in ("True", "False")
    ]
    if faults:
        raise LigneRefusee(*faults)


def _siae(siaes: dict[str, Siae], row: dict[str, Any]) -> Siae:
    """The measure of the row; the only one of the structure when it is not given."""
    mesure = row["valeurs"].get(MESURE.nom, "")
    if not mesure and len(siaes) == 1:
        return next(iter(siaes.values()))
    if mesure in siaes:
        return siaes[mesure]
    known = ", ".join(siae.get_mesure_display() for siae in siaes.values())
    place = _place(row, MESURE.nom)
    raise LigneRefusee(f"{place}indiquez l’une des mesures de la structure ({known}).")


def _exit(row: dict[str, Any]) -> SortieForm:
    return SortieForm({name: row["valeurs"].get(name, "") for name in EXIT})


def _day(row: dict[str, Any], name: str) -> date:
    try:
        return DateField().clean(row["valeurs"][name])
    except ValidationError as error:
        raise LigneRefusee(*[f"{_place(row, name)}{words}" for words in error.messages]) from None
