"""One case of each kind in the Pas-de-Calais, and the people who look at it.

`World.actors` are the columns of the access matrix: every role of the organisations concerned by
the case, then those of another structure, another territory, another département.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from apps.accounts.models import Membership, Organisation, Role
from apps.annexes.models import Suspension
from apps.conventions import services
from apps.core.models import Job
from apps.dashboards.bilans.calculs import final_bilan, quarter_bilan
from apps.dashboards.bilans.contenu import dump
from apps.dashboards.bilans.lecture import read_facts
from apps.dashboards.bilans.objectifs import objectives_bilans
from apps.dashboards.bilans.trimestres import quarters
from apps.dashboards.models import BilanEmis, Envoi, EnvoiProgramme
from apps.payments.models import AvisDePaiement, Campagne, Retenue, Versement
from apps.recoveries.models import OrdreDeRecouvrer
from apps.siae.codes import MotifSortie
from apps.siae.models import Contact, Contrat, ImportSalaries, Salarie
from tests.factories import (
    delegate,
    make_bank_details,
    make_caom,
    make_financeur,
    make_mandat,
    make_membership,
    make_organisation,
    make_pdf,
    make_siae,
    make_user,
    make_valeur,
    make_version,
)
from tests.security.texts import MARKUP, NAME_OF_A_PERSON, NAME_OF_THE_CASE, stored_file
from tests.security.world_presence import controls, statements

# The first instalment of the annex of this world, with its two shares.
MONTANTS = {
    "montant": Decimal("11144.50"),
    "part_etat": Decimal("9005.22"),
    "part_cd": Decimal("2139.28"),
}
ACTORS = (
    "saisie",
    "responsable",
    "instructeur",
    "gestionnaire",
    "ordonnateur",
    "comptable",
    "lecteur",
    "decideur",
    "administrateur",
    "autre_structure",
    "autre_ddets",
    "autre_cd",
)


@dataclass(frozen=True)
class World:
    actors: dict[str, Membership]
    objects: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.objects[name]


def make_world() -> World:
    siae = make_siae(departement="062", denomination=f"{NAME_OF_THE_CASE} {MARKUP}")
    version = make_version(siae=siae)
    amended = make_version(siae=make_siae(siae.structure, "EI_DC"), montant_cd=Decimal(0))
    objects: dict[str, Any] = {
        "avenant": make_version("BROUILLON", annexe=amended.annexe, montant_cd=Decimal(0)),
        "structure": siae.structure,
        "banque": make_bank_details(siae.structure, etat="PROPOSEE"),
        "banque_controlee": make_bank_details(siae.structure, etat="CONTROLEE"),
        "banque_gelee": make_bank_details(siae.structure, etat="GELEE"),
        "version": version,
        "annexe": version.annexe,
        "brouillon": make_version("BROUILLON", siae=siae, debut=date(2024, 1, 1)),
        "transmise": make_version("SAISI", siae=siae, debut=date(2025, 1, 1)),
        "caom": make_caom(make_financeur("062")),
        "mandat": make_mandat(make_financeur("062")),
        "suspension": Suspension.objects.create(
            annexe=version.annexe,
            motif="DECISION",
            detail=f"Contrôle {MARKUP}",
            depuis=date(2023, 4, 1),
        ),
    }
    objects["valeur"] = make_valeur()
    _adjust(objects["caom"])
    for name in ("version", "transmise"):
        objects[name].piece.save("annexe.pdf", make_pdf())
    objects |= _people(objects, siae)
    objects |= statements(objects)
    objects |= controls(objects)
    objects |= _payments(objects)
    actors = _actors(siae.structure.organisation)
    _bilans(objects, actors["comptable"])
    objects["contact"] = Contact.objects.create(
        structure=objects["structure"],
        nom=f"Anne {MARKUP}",
        fonction="COMPTABILITE",
        courriel="compta@exemple.fr",
    )
    objects["import_salaries"] = ImportSalaries.objects.create(
        structure=objects["structure"],
        demande_par=actors["responsable"].user,
        fichier="salaries.xlsx",
        lignes=[{"ligne": 2, "colonnes": {"nom": "B"}, "valeurs": {"nom": f"Martin {MARKUP}"}}],
    )
    objects["job"] = Job.objects.create(
        nature="essai",
        titre=f"Essai {MARKUP}",
        cle="essai",
        etat="TERMINE",
        demande_par=actors["lecteur"].user,
        membership_id=actors["lecteur"].pk,
        fichier=stored_file(),
    )
    objects |= _schedule(actors["decideur"])
    return World(actors, objects)


def _adjust(caom: Any) -> None:
    """An adjustment of a signed CAOM: its volet 2 has a second edition."""
    services.adjust_objectif(
        make_membership("GESTIONNAIRE"),
        caom,
        effet=date(2023, 7, 1),
        accord_le=date(2023, 6, 12),
        mesure="ACI_DC",
        entrees=2,
        entrees_brsa=2,
        montant_mensuel=Decimal("534.82"),
        mois_prevus=12,
    )


def _schedule(decideur: Membership) -> dict[str, Any]:
    """A file made every month for the département, with one in its archive."""
    programme = EnvoiProgramme.objects.create(
        organisation=decideur.organisation,
        membership=decideur,
        restitution="suivi-annexes",
        rythme="MENSUEL",
        prochain_le=date(2100, 1, 5),
    )
    january = date(2023, 1, 1)
    envoi = Envoi.objects.create(
        programme=programme,
        debut=january,
        fin=january,
        prevu_le=date(2023, 2, 5),
        fichier=stored_file(),
        nom="suivi-annexes.xlsx",
        sha256="0" * 64,
        lignes=1,
    )
    return {"programme": programme, "envoi": envoi}


def _actors(structure: Organisation) -> dict[str, Membership]:
    asp = make_organisation("ASP")
    ddets = Organisation.objects.get(type="DDETS", departement="062")
    cd = make_financeur("062").organisation
    other_ddets = make_organisation("DDETS", departement="059")
    other_cd = make_financeur("059").organisation
    assert cd is not None
    assert other_cd is not None
    # The others have a case of their own: what they are refused is ours, not everything.
    other = make_version(siae=make_siae(departement="059"))
    actors = {
        "saisie": make_membership(Role.SAISIE, structure),
        "responsable": make_membership(Role.RESPONSABLE, structure),
        "instructeur": make_membership(Role.INSTRUCTEUR, ddets),
        "gestionnaire": make_membership(Role.GESTIONNAIRE, asp),
        "ordonnateur": make_membership(Role.ORDONNATEUR, asp),
        "comptable": make_membership(Role.COMPTABLE, asp),
        "lecteur": make_membership(Role.LECTEUR, cd),
        "decideur": make_membership(Role.DECIDEUR, cd),
        "administrateur": make_membership(Role.ADMINISTRATEUR),
        "autre_structure": make_membership(Role.RESPONSABLE, other.siae.structure.organisation),
        "autre_ddets": make_membership(Role.INSTRUCTEUR, other_ddets),
        "autre_cd": make_membership(Role.DECIDEUR, other_cd),
    }
    for name in ("decideur", "autre_cd"):
        delegate(actors[name])
    return actors


def _people(objects: dict[str, Any], siae: Any) -> dict[str, Any]:
    salarie = Salarie.objects.create(
        structure=siae.structure,
        numero=1,
        civilite="MME",
        nom=f"{NAME_OF_A_PERSON} {MARKUP}",
        prenom=f"Zoé {MARKUP}",
        date_naissance=date(1990, 1, 1),
        pass_iae="999992300001",
        pass_debut=date(2023, 1, 1),
        pass_fin=date(2024, 12, 31),
    )
    contrat = Contrat.objects.create(
        salarie=salarie,
        siae=siae,
        forme="CDDI",
        debut=date(2023, 1, 1),
        fin=date(2023, 12, 31),
        heures_hebdo=Decimal(26),
        salaire_brut=Decimal(1300),
        rsa="OUI-M",
        rsa_departement="062",
    )
    ended = Contrat.objects.create(
        salarie=salarie,
        siae=siae,
        forme="CDDI",
        debut=date(2022, 1, 1),
        fin=date(2022, 12, 31),
        heures_hebdo=Decimal(26),
        salaire_brut=Decimal(1300),
        rsa="NON",
        date_sortie=date(2022, 6, 30),
        motif_sortie=MotifSortie.values[0],
    )
    return {"salarie": salarie, "contrat": contrat, "contrat_termine": ended}


def _payments(objects: dict[str, Any]) -> dict[str, Any]:
    """An executed run and one in progress, with a line each; a hold, a notice, an order."""
    people = [make_user() for _ in range(3)]
    executed = _run(
        1,
        etat="EXECUTEE",
        prepare_par=people[0],
        approuve_par=people[1],
        vise_par=people[2],
        execute_par=people[2],
    )
    current = _run(2, etat="PREPAREE", prepare_par=people[0])
    paid = _versement(objects, executed, statut="EXECUTE", execute_le=date(2023, 1, 20))
    return {
        "campagne": current,
        "executee": executed,
        "versement": paid,
        "ligne": _versement(objects, current),
        "retenue": Retenue.objects.create(
            campagne=executed,
            annexe=objects["annexe"],
            mois=date(2023, 2, 1),
            nature="forfait",
            motif="EMP_MANQUANT",
            detail=f"Janvier 2023 {MARKUP}",
            montant_prevu=Decimal("11144.50"),
        ),
        "avis": AvisDePaiement.objects.create(
            numero=1, campagne=executed, annexe=objects["annexe"], fichier=stored_file(), **MONTANTS
        ),
        "ordre": _ordre(objects, paid),
    }


def _bilans(objects: dict[str, Any], comptable: Membership) -> None:
    """One of each nature, issued by the executed run, with its document."""
    day = date(2023, 4, 20)
    facts = read_facts(comptable, [objects["version"]], day)[0]
    figures = {
        "INTERMEDIAIRE": quarter_bilan(facts, quarters(facts.dossier)[0], day),
        "FINAL": final_bilan(facts, day),
        "OBJECTIFS": objectives_bilans([facts], day)[0],
    }
    for numero, (nature, bilan) in enumerate(figures.items(), start=1):
        BilanEmis.objects.create(
            numero=numero,
            annexe=objects["annexe"],
            version=objects["version"],
            campagne=objects["executee"],
            nature=nature,
            trimestre=int(nature == "INTERMEDIAIRE"),
            emis_le=day,
            contenu=dump(bilan),
            fichier=stored_file(),
        )


def _run(month: int, **fields: Any) -> Campagne:
    return Campagne.objects.create(
        numero=month, mois=date(2023, month, 1), jour_paiement=date(2023, month, 20), **fields
    )


def _versement(objects: dict[str, Any], campagne: Campagne, **fields: Any) -> Versement:
    step = {
        "libelle": f"Forfait {MARKUP}",
        "calcul": "6 × 22 289 / 12",
        "valeur": "",
        "reference": "",
    }
    return Versement.objects.create(
        campagne=campagne,
        annexe=objects["annexe"],
        version=objects["version"],
        structure=objects["structure"],
        financeur_cd=make_financeur("062"),
        mois=campagne.mois,
        nature="forfait",
        calcul=[step],
        **MONTANTS,
        **fields,
    )


def _ordre(objects: dict[str, Any], solde: Versement) -> OrdreDeRecouvrer:
    return OrdreDeRecouvrer.objects.create(
        numero=1,
        annexe=objects["annexe"],
        structure=objects["structure"],
        financeur=make_financeur("062"),
        versement=solde,
        montant_initial=Decimal("10.00"),
        montant=Decimal("10.00"),
        emis_le=date(2023, 4, 1),
        emis_par=make_user(),
        document=stored_file(),
    )
