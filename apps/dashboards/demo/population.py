"""Structures, annexes, salariés and contracts of the demonstration, through the services.

Each structure proposes its bank details and a gestionnaire of the ASP checks them; the DDETS
creates, signs and transmits the annex; the ASP validates it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import Delegation, Role
from apps.annexes.models import AnnexeFinanciere, VersionAnnexe
from apps.annexes.services import attach_piece, create_annexe, transmit_annexe, validate_annexe
from apps.conventions.models import Financeur
from apps.conventions.services import create_convention
from apps.core.pdf import render_pdf
from apps.dashboards.demo import identities
from apps.dashboards.demo.frame import MONTANT_MENSUEL_CD, Personne, acting, create_member
from apps.dashboards.demo.scenario import SALARIES_ATTENDUS, Fiche, draw, pick
from apps.rules.periods import Month
from apps.siae.models import Salarie, Siae, Structure
from apps.siae.services import (
    add_mesure,
    apply_bank_details,
    control_bank_details,
    create_contrat,
    create_salarie,
    create_structure,
    propose_bank_details,
    record_exit,
    renew_contrat,
)

FORMES = {"ACI_DC": "CDDI", "EI_DC": "CDDI", "AI_DC": "CDDU", "ETTI_DC": "CTT"}
PASS_FIN = date(2024, 12, 31)
# One PASS IAE ends in summer: the hours after it are declared and not eligible.
PASS_COURT, SALARIE_PASS_COURT = date(2023, 8, 31), ("ccas-bois", 0, 0)
MOTIFS_SORTIE = ("04", "05", "10", "20", "21", "25", "31")


def build_structure(fiche: Fiche, number: int) -> Siae:
    """The structure, its responsable and its bank details; or one more measure of a known one."""
    gestionnaire = acting("asp.gestionnaire")
    if fiche.meme_que:
        structure = Structure.objects.get(denomination=fiche.denomination)
        return add_mesure(gestionnaire, structure, fiche.mesure)
    structure = create_structure(
        gestionnaire,
        mesures=[fiche.mesure],
        asp_id=40000 + number,
        siret=identities.siret(number),
        denomination=fiche.denomination,
        forme_juridique=fiche.forme_juridique,
        departement=fiche.departement,
        adresse=f"{number + 3} rue de l’Exemple",
        code_postal=fiche.code_postal,
        commune=fiche.commune,
        correspondant="La direction",
        courriel=f"{fiche.cle}@demonstration.example",
    )
    create_member(_responsable(fiche, number), structure.organisation)
    if not fiche.banque_le:
        give_bank_details(fiche, number)
    return siae_of(fiche)


def _responsable(fiche: Fiche, number: int) -> Personne:
    """Named like the employees, from a draw of their own: nobody's either."""
    civilite = "MME" if number % 2 else "M"
    first = identities.first_name(0, 1000 + number, civilite)
    last = identities.surname(0, 1000 + number)
    return Personne(fiche.cle, first, last, "", Role.RESPONSABLE)


def give_bank_details(fiche: Fiche, number: int) -> None:
    """Proposed by the structure, checked by the ASP, in effect after the delay."""
    structure = Structure.objects.get(denomination=fiche.denomination)
    iban, bic = identities.iban(number)
    proposed = propose_bank_details(
        acting(fiche.cle), structure, titulaire=fiche.denomination[:70], iban=iban, bic=bic
    )
    checked = control_bank_details(acting("asp.gestionnaire"), proposed)
    apply_bank_details(checked.effet_le)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A structure of the fixture with its annex."""

    fiche: Fiche
    number: int
    annexe: AnnexeFinanciere


def siae_of(fiche: Fiche) -> Siae:
    return Siae.objects.select_related("structure").get(
        structure__denomination=fiche.denomination, mesure=fiche.mesure
    )


def dossiers_of(fiches: list[Fiche]) -> list[Dossier]:
    """The structures whose annex of 2023 exists, in the order of the fixture."""
    annexes = {
        (a.siae.structure.denomination, a.siae.mesure): a
        for a in AnnexeFinanciere.objects.filter(renouvellement=0).select_related(
            "siae__structure", "courante"
        )
    }
    return [
        Dossier(fiche, number, annexes[fiche.denomination, fiche.mesure])
        for number, fiche in enumerate(fiches, start=1)
        if (fiche.denomination, fiche.mesure) in annexes
    ]


def sign_annexes(fiches: list[Fiche], month: Month) -> None:
    """Create and validate the annexes whose period begins in this month."""
    for number, fiche in enumerate(fiches, start=1):
        if fiche.premier_mois == month:
            build_annexe(fiche, siae_of(fiche), number)


def build_annexe(fiche: Fiche, siae: Siae, number: int) -> AnnexeFinanciere:
    """Convention and annex, signed by the DDETS as its period starts, validated by the ASP."""
    signature = fiche.signature
    ddets = acting("ddets" if fiche.departement == "062" else "ddets.somme")
    family = fiche.mesure.split("_")[0]
    convention = create_convention(
        ddets,
        siae,
        numero=f"{fiche.departement} {fiche.premier_mois.first_day:%d%m%y} {family} {number:05d}",
        debut=fiche.premier_mois.first_day,
        fin=date(2025, 12, 31),
        signee_le=signature,
    )
    version = create_annexe(
        ddets, siae, convention, figures=_figures(fiche, signature), on=signature
    )
    sign_and_validate(version, ddets, on=signature)
    return AnnexeFinanciere.objects.get(pk=version.annexe_id)


def sign_and_validate(version: VersionAnnexe, ddets, *, on: date) -> None:  # type: ignore[no-untyped-def]
    """Attach the signed copy, transmit, validate: the circuit of every version."""
    text = "Annexe financière fictive, jointe à la démonstration."
    signed = render_pdf("pdf/piece_demonstration.html", {"version": version, "texte": text})
    attach_piece(ddets, version, SimpleUploadedFile("annexe-signee.pdf", signed, "application/pdf"))
    version.refresh_from_db()
    transmit_annexe(ddets, version, on=on)
    version.refresh_from_db()
    validate_annexe(acting("asp.gestionnaire"), version, on=on.replace(day=on.day + 4))


def signataire_of(fiche: Fiche) -> Delegation:
    """Who signs for the State in the territory of a structure."""
    return Delegation.objects.get(organisation__departement=fiche.departement)


def _figures(fiche: Fiche, signature: date) -> dict[str, object]:
    months = fiche.dernier_mois - fiche.premier_mois + 1
    cofinanced = fiche.brsa > 0
    return {
        "debut": fiche.premier_mois.first_day,
        "fin": fiche.dernier_mois.last_day,
        "etp": fiche.etp,
        "financeur_cd": Financeur.objects.get(code=fiche.departement) if cofinanced else None,
        "montant_cd": fiche.brsa * MONTANT_MENSUEL_CD * months,
        "brsa_vises": fiche.brsa,
        "sorties_prevues": max(2, fiche.effectif // 3),
        "taux_sorties_durables": Decimal("25.00"),
        "taux_sorties_transition": Decimal("20.00"),
        "taux_sorties_positives": Decimal("15.00"),
        "signataire": signataire_of(fiche),
        "signee_le": signature,
    }


def plan_turnover(fiches: list[Fiche], seed: int) -> frozenset[tuple[str, int]]:
    """Posts where somebody leaves and is replaced, so that 400 people are employed in all."""
    posts = [
        (fiche.cle, post)
        for fiche in fiches
        if fiche.dernier_mois - fiche.premier_mois == 11
        for post in range(fiche.effectif)
    ]
    missing = SALARIES_ATTENDUS - sum(fiche.effectif for fiche in fiches)
    posts.sort(key=lambda post: draw(seed, "rotation", *post))
    return frozenset(posts[:missing])


def hire(fiche: Fiche, siae: Siae, seed: int, turnover: frozenset[tuple[str, int]]) -> None:
    """Employees of one SIAE: one contract a post, or two people one after the other."""
    months = fiche.dernier_mois - fiche.premier_mois + 1
    for post in range(fiche.effectif):
        first = fiche.premier_mois.first_day
        last = fiche.dernier_mois.last_day
        if (fiche.cle, post) in turnover:
            middle = (fiche.premier_mois + 3 + draw(seed, "sortie", fiche.cle, post) % 6).last_day
            contrat = _hire_one(fiche, siae, seed, post, first, last, 0)
            record_exit(
                acting(fiche.cle_responsable),
                contrat,
                date_sortie=middle,
                motif_sortie=pick(seed, MOTIFS_SORTIE, "motif", fiche.cle, post),
            )
            _hire_one(fiche, siae, seed, post, (Month.of(middle) + 1).first_day, last, 1)
        elif months > 4 and draw(seed, "renouvellement", fiche.cle, post) % 3 == 0:
            middle_month = fiche.premier_mois + 3
            contrat = _hire_one(fiche, siae, seed, post, first, middle_month.last_day, 0)
            renew_contrat(
                acting(fiche.cle_responsable),
                contrat,
                debut=(middle_month + 1).first_day,
                fin=last,
            )
        else:
            _hire_one(fiche, siae, seed, post, first, last, 0)


def _hire_one(fiche: Fiche, siae: Siae, seed: int, post: int, first: date, last: date, rank: int):  # type: ignore[no-untyped-def]
    number = Salarie.objects.count()
    civilite = pick(seed, ("M", "MME"), "civilite", number)
    salarie = create_salarie(
        acting(fiche.cle_responsable),
        siae.structure,
        on=first,
        civilite=civilite,
        nom=identities.surname(seed, number),
        prenom=identities.first_name(seed, number, civilite),
        date_naissance=identities.birth_date(seed, number),
        commune=siae.structure.commune,
        code_postal=siae.structure.code_postal,
        pass_iae=identities.pass_iae(number + 1),
        pass_debut=date(first.year, first.month, 1),
        pass_fin=PASS_COURT if (fiche.cle, post, rank) == SALARIE_PASS_COURT else PASS_FIN,
        orienteur=pick(seed, ("01", "03", "05", "07"), "orienteur", number),
        niveau_formation=pick(seed, ("40", "50", "51", "70"), "niveau", number),
        sans_emploi_depuis=pick(seed, ("01", "02", "03", "04"), "chomage", number),
        inscrit_france_travail=draw(seed, "ft", number) % 4 != 0,
        rqth=draw(seed, "rqth", number) % 9 == 0,
        qpv=draw(seed, "qpv", number) % 3 == 0,
    )
    brsa = post < fiche.brsa_reels
    return create_contrat(
        acting(fiche.cle_responsable),
        salarie,
        siae,
        forme=FORMES[fiche.mesure],
        debut=first,
        fin=last,
        heures_hebdo=Decimal("35") if fiche.mesure == "EI_DC" else Decimal("26"),
        salaire_brut=Decimal("1747.20") if fiche.mesure == "EI_DC" else Decimal("1298.00"),
        code_rome=pick(seed, ("A1203", "K1802", "F1702", "K2204"), "rome", number),
        rsa=("OUI-M" if number % 5 == 0 else "OUI-NM") if brsa else "NON",
        rsa_departement=fiche.departement if brsa else "",
    )
