"""Every PDF of the product by name, for the command `document` (operators, without a browser).

Each entry says what identifies a document and gives its archived file: as issued when it was
drawn, drawn and archived otherwise. What cannot exist yet is refused (`Refus`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.db import models

from apps.annexes.documents import notification_file
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.conventions.documents import volet_file
from apps.conventions.models import Caom
from apps.core.errors import Refus
from apps.core.manuals import MANUELS, manual, manual_pdf
from apps.core.models import Fichier
from apps.dashboards.bilans.document import bilan_file
from apps.dashboards.comptes.document import account_pdf
from apps.dashboards.models import BilanEmis, CompteEmploi
from apps.journal.services import record
from apps.payments.documents import notice_file
from apps.payments.models import AvisDePaiement
from apps.presence.documents import statement_file
from apps.presence.models import EtatMensuel
from apps.recoveries.documents import order_file
from apps.recoveries.models import OrdreDeRecouvrer
from apps.rules.periods import Month

NUMBER_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Sorti:
    """A document taken out: its object and its file (None for a manual, which is not archived)."""

    objet: models.Model | None
    fichier: Fichier | None
    contenu: bytes


@dataclass(frozen=True, slots=True)
class Document:
    """A kind of document: its title, an example of what identifies one, how to get it."""

    titre: str
    exemple: str
    take: Callable[[str], Sorti]


def take_out(nom: str, identifiant: str) -> Sorti:
    """The document of that name, journaled as taken out by the operator of the server.

    Raises `Refus` for an unknown name or object, a document that cannot exist yet, a lost file.
    """
    if nom not in DOCUMENTS:
        names = ", ".join(DOCUMENTS)
        raise Refus(f"« {nom} » n’est pas un document. Choisissez parmi : {names}.")
    out = DOCUMENTS[nom].take("".join(identifiant.split()))
    if out.objet is not None and out.fichier is not None:
        facts = {"fichier": out.fichier.nom, "sha256": out.fichier.sha256}
        record(None, "document.extrait", out.objet, apres=facts)
    return out


def _archived(objet: models.Model, fichier: Fichier) -> Sorti:
    try:
        with fichier.contenu.open("rb") as contents:
            return Sorti(objet, fichier, contents.read())
    except FileNotFoundError as lost:
        raise Refus(
            f"Le document « {fichier.titre} » a été émis mais son fichier manque sur le serveur."
        ) from lost


def _notification(text: str) -> Sorti:
    """« ACI062230001A0M1 »; without « M… », the letter of the version in force."""
    number, _, modification = text.upper().rpartition("M")
    if not modification.isdecimal():
        number, modification = text, ""
    annexe = _annexe(number)
    versions = VersionAnnexe.objects.filter(annexe=annexe)
    rank = _number(modification, "de version") if modification else annexe.courante.modification
    version = _found(versions.filter(modification=rank).first(), text)
    return _archived(version, notification_file(version.pk))


def _emp(text: str) -> Sorti:
    """« ACI062230001A0/2023-05 »."""
    number, _, mois = text.partition("/")
    try:
        first = Month.parse(mois).first_day
    except ValueError:
        raise Refus(
            f"« {text} » : écrivez le numéro de l’annexe, une barre oblique et le mois, par "
            "exemple ACI062230001A0/2023-05."
        ) from None
    annexe = _annexe(number)
    etat = EtatMensuel.objects.filter(annexe=annexe, mois=first).first()
    if etat is None:
        month = Month.of(first).label_with_de
        raise Refus(f"L’état mensuel {month} de l’annexe {annexe} n’est pas saisi.")
    return _archived(etat, statement_file(etat))


def _numbered(model: Any, draw: Callable[[int], Fichier], what: str) -> Callable[[str], Sorti]:
    """Documents of a gapless number: avis, ordres, bilans."""

    def take(text: str) -> Sorti:
        found = _found(model.objects.filter(numero=_number(text, what)).first(), text)
        return _archived(found, draw(found.pk))

    return take


def _caom(text: str) -> Sorti:
    """« 062-2023 », or « 062-2023-2 » for the second edition."""
    code, _, rest = text.partition("-")
    annee, _, edition = rest.partition("-")
    if not annee:
        raise Refus(f"« {text} » : écrivez le département et l’année, par exemple 062-2023.")
    year = _number(annee, "d’année")
    caom = Caom.objects.filter(financeur__code=code.upper(), annee=year).first()
    found = _found(caom, text)
    if not found.signee_le:
        raise Refus("Le volet 2 existe une fois la CAOM signée : enregistrez d’abord sa signature.")
    editions = found.volets.order_by("edition")
    if edition:
        editions = editions.filter(edition=_number(edition, "d’édition"))
    volet = _found(editions.last(), text)
    return _archived(volet, volet_file(volet.pk))


def _manuel(text: str) -> Sorti:
    found = manual(text)
    if found is None:
        names = ", ".join(MANUELS.values())
        raise Refus(f"« {text} » n’est pas un manuel. Choisissez parmi : {names}.")
    with default_storage.open(manual_pdf(found)) as contents:
        return Sorti(None, None, contents.read())


def _annexe(text: str) -> AnnexeFinanciere:
    """By number and renewal; the renewal may be left out when the number has only one."""
    number, _, renewal = text.upper().rpartition("A")
    annexes = AnnexeFinanciere.objects.select_related("courante")
    rows = list(annexes.filter(numero=text.upper()))
    if not rows and renewal.isascii() and renewal.isdecimal() and len(renewal) < NUMBER_DIGITS:
        rows = list(annexes.filter(numero=number, renouvellement=int(renewal)))
    if len(rows) > 1:
        raise Refus(f"Plusieurs annexes portent le numéro « {text} » : ajoutez A0, A1…")
    return _found(rows[0] if rows else None, text)


def _number(text: str, what: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= NUMBER_DIGITS):
        raise Refus(f"« {text} » n’est pas un numéro {what} : écrivez-le en chiffres.")
    return int(text)


def _found(objet: Any, text: str) -> Any:
    if objet is None:
        raise Refus(f"Aucun document ne correspond à « {text} ».")
    return objet


DOCUMENTS: dict[str, Document] = {
    "notification": Document("Courrier de notification", "ACI062230001A0M1", _notification),
    "emp": Document("État mensuel de présence", "ACI062230001A0/2023-05", _emp),
    "avis": Document("Avis de paiement", "12", _numbered(AvisDePaiement, notice_file, "d’avis")),
    "ordre": Document(
        "Ordre de recouvrer", "3", _numbered(OrdreDeRecouvrer, order_file, "d’ordre")
    ),
    "compte-emploi": Document(
        "Compte d’emploi signé",
        "4",
        _numbered(CompteEmploi, account_pdf, "de compte d’emploi signé"),
    ),
    "bilan": Document("Bilan émis", "7", _numbered(BilanEmis, bilan_file, "de bilan")),
    "caom": Document("Volet 2 de la CAOM (CERFA 13999*02)", "062-2023", _caom),
    "manuel": Document("Manuel d’utilisation", "structure", _manuel),
}
