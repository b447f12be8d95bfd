"""Rows of a bench: structures of a territory that does not exist, with a year of statements.

Called inside the transaction of a bench, which is rolled back. Structures and people are made by
the models, one batch per structure; the lines by one INSERT … SELECT.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import cycle, islice
from math import ceil

from django.db import connection

from apps.accounts.models import Membership, Organisation, Role, User
from apps.annexes.models import AnnexeFinanciere, MontantUnitaire, VersionAnnexe
from apps.conventions.models import ConventionIae, Financeur
from apps.presence.models import EtatMensuel
from apps.rules.periods import Month, month_range
from apps.siae.models import Contrat, Salarie, Siae, Structure

TERRITOIRE = "ZZZ"  # no département has this code
SALARIES = 25  # per annex
MOIS = month_range(Month(2023, 1), Month(2023, 12))
DEBUT, FIN = date(2023, 1, 1), date(2023, 12, 31)
NOMS = (
    "Lefebvre",
    "Dubois",
    "Delattre",
    "Leroy",
    "Caron",
    "Étienne",
    "Vasseur",
    "Bonnet-Régnier",
    "N’Diaye",
    "Carpentier",
    "Fontaine",
)
PRENOMS = ("Amélie", "Jean-Marc", "Sofiane", "Chloé", "Moussa", "Véronique", "Loïc")
# Hours differ from a line to the next, as if nobody had the same contract: the slowest case.
LIGNES = """
    INSERT INTO presence_lignepresence (
        etat_mensuel_id, version, contrat_id, salarie_id, heures_declarees, heures_eligibles,
        motif_ineligibilite, brsa, commentaire, revision, modifie_le)
    SELECT id, 1, contrat_id, salarie_id, heures, CASE WHEN exclue THEN 0 ELSE heures END,
        CASE WHEN exclue THEN 'Le PASS IAE ne couvre aucun jour du contrat dans le mois.'
        ELSE '' END, false, '', 1, now()
    FROM (
        SELECT e.id, c.id AS contrat_id, c.salarie_id, (e.id + c.id) %% 20 = 0 AS exclue,
            ((c.id * 7919 + e.id * 104729) %% 15168) / 100.0 AS heures
        FROM presence_etatmensuel e
        JOIN annexes_annexefinanciere a ON a.id = e.annexe_id
        JOIN siae_siae s ON s.id = a.siae_id
        JOIN siae_structure t ON t.id = s.structure_id
        JOIN siae_contrat c ON c.siae_id = s.id
        WHERE t.departement = %s
        ORDER BY e.id, c.id
        LIMIT %s
    ) AS choisies
"""


def make_reader() -> Membership:
    """Somebody of the ASP, who sees every structure."""
    organisation = Organisation.objects.create(type="ASP", nom="ASP, banc de mesure")
    user = User.objects.create(username="banc-de-mesure", prenom="Banc", nom="De mesure")
    return Membership.objects.create(
        user=user,
        organisation=organisation,
        organisation_type="ASP",
        role=Role.GESTIONNAIRE,
        debut=DEBUT,
    )


def make_lines(rows: int) -> None:
    """So many lines of statements, of `SALARIES` people over twelve months per structure."""
    organisation = Organisation.objects.create(type="CD", nom="Département du banc de mesure")
    cd = Financeur.objects.create(
        type="CD", code=TERRITOIRE, nom="Département", organisation=organisation
    )
    author = User.objects.create(username="banc-de-saisie", prenom="Banc", nom="De saisie")
    for number in range(1, ceil(rows / (SALARIES * len(MOIS))) + 1):
        siae = _make_siae(number)
        annexe = _make_annexe(siae, number, cd)
        _make_people(siae, number)
        EtatMensuel.objects.bulk_create(
            EtatMensuel(
                annexe=annexe,
                mois=mois.first_day,
                etat="VALIDE",
                certifie_par=author,
                certifie_le=mois.last_day,
                valide_le=mois.last_day,
            )
            for mois in MOIS
        )
    with connection.cursor() as cursor:
        cursor.execute(LIGNES, [TERRITOIRE, rows])


def _make_siae(number: int) -> Siae:
    siret = f"{TERRITOIRE}{number:011d}"
    name = f"Chantier d’insertion n° {number} de l’Extrême-Ouest & Cie"
    structure = Structure.objects.create(
        asp_id=2_000_000_000 + number,
        organisation=Organisation.objects.create(type="SIAE", nom=name),
        siret=siret,
        siret_signature=siret,
        denomination=name,
        forme_juridique="ASSOCIATION",
        departement=TERRITOIRE,
        adresse="1 rue de la Mesure",
        code_postal="00000",
        commune="Banc",
    )
    return Siae.objects.create(structure=structure, mesure="ACI_DC")


def _make_annexe(siae: Siae, number: int, cd: Financeur) -> AnnexeFinanciere:
    """An annex in force over the year; each has its own share of the département."""
    convention = ConventionIae.objects.create(
        siae=siae, numero=f"banc {TERRITOIRE} {number}", debut=DEBUT, fin=FIN, signee_le=DEBUT
    )
    # Of the format, but of a year nobody has: letters of the territory do not fit.
    annexe = AnnexeFinanciere.objects.create(
        siae=siae, convention=convention, numero=f"ACI00Z{number:06d}"
    )
    annexe.courante = VersionAnnexe.objects.create(
        annexe=annexe,
        siae=siae,
        etat="VALIDE",
        debut=DEBUT,
        fin=FIN,
        etp=Decimal("10.00"),
        heures_annuelles_etp=Decimal("1820.00"),
        financeur_cd=cd,
        montant_cd=Decimal(30_000 + number * 37),
        montant_total=Decimal("224600.00"),
        taux_cd=Decimal("13.36"),
        validee_le=DEBUT,
        a_partir_de=DEBUT,
    )
    annexe.save()
    MontantUnitaire.objects.create(
        version=annexe.courante, effet=DEBUT, montant=Decimal("22460.00")
    )
    return annexe


def _make_people(siae: Siae, number: int) -> None:
    """The people of a structure and their contracts; one in five has left by the end."""
    names = islice(cycle(NOMS), number, number + SALARIES)
    people = Salarie.objects.bulk_create(
        Salarie(
            structure=siae.structure,
            numero=rank,
            civilite="MME" if rank % 2 else "M",
            nom=f"{nom}-{number}",
            prenom=PRENOMS[(number + rank) % len(PRENOMS)],
            date_naissance=date(1960 + rank, 1 + rank % 12, 1 + number % 28),
            pass_iae=f"99999{number % 10_000:04d}{rank:03d}",
            pass_debut=DEBUT,
            pass_fin=FIN,
        )
        for rank, nom in enumerate(names, 1)
    )
    Contrat.objects.bulk_create(
        Contrat(
            salarie=person,
            siae=siae,
            forme="CDDI",
            debut=DEBUT,
            fin=FIN,
            heures_hebdo=Decimal("26.00"),
            salaire_brut=Decimal("1300.00"),
            rsa="OUI-NM" if person.numero % 3 == 0 else "NON",
            rsa_departement="062" if person.numero % 3 == 0 else "",
            date_sortie=FIN if person.numero % 5 == 0 else None,
            motif_sortie="04" if person.numero % 5 == 0 else "",
        )
        for person in people
    )
