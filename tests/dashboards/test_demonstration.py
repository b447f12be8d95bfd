"""The demonstration, played whole: its figures agree wherever they are read, and every path of
the texts occurs in it.

One test, because playing the year takes most of a minute: the checks below read its database.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO

import openpyxl
from django.core.management import call_command
from django.db import connection
from django.db.models import Q, Sum
from django.test import Client

from apps.accounts.models import User
from apps.annexes.models import AnnexeFinanciere, Suspension, VersionAnnexe
from apps.conventions.models import AvenantFinancier, ObjectifCaom
from apps.core.models import Job
from apps.dashboards.models import CompteEmploi
from apps.dashboards.services import queue_documents
from apps.dashboards.simulation import invariants
from apps.payments.models import (
    AppelDeFonds,
    AvisDePaiement,
    Cloture,
    Ecriture,
    FactureFrais,
    PartEnAttente,
    Retenue,
    Versement,
    Virement,
)
from apps.payments.services.execution import EXECUTION_STEPS
from apps.presence.models import EtatMensuel
from apps.presence.querysets import validated_totals
from apps.recoveries.controles import faults as recovery_faults
from apps.recoveries.models import Apurement, LigneNonValeur, OrdreDeRecouvrer, PlanDePaiement
from apps.rules.parameter import montants_mensuels_cd
from apps.siae.models import Salarie
from tests.dashboards.compte_truth import the_accounts_are_those_of_what_they_rest_on
from tests.dashboards.truth import every_figure_is_the_same_everywhere
from tests.rules import brute_force

# Written from the accounts, not from the services: aid borne by each funder, annex by annex.
LEDGER = """
    SELECT m.annexe_id, f.type, SUM(m.debit - m.credit)
      FROM payments_mouvement m
      JOIN payments_ecriture e ON e.id = m.ecriture_id
      JOIN conventions_financeur f ON f.id = m.financeur_id
     WHERE m.compte_id = '657' AND e.evenement IN ('LIQUIDATION', 'REIMPUTATION')
     GROUP BY m.annexe_id, f.type
"""


def test_the_demonstration(committed_db, monkeypatch, tmp_path):
    """Played, read from all sides, then played again without any effect."""
    monkeypatch.setattr("apps.dashboards.demo.documents.FOLDER", tmp_path)
    # The notices of all the runs are drawn elsewhere; here those the demonstration copies.
    monkeypatch.setattr(
        "apps.payments.services.execution.EXECUTION_STEPS",
        [step for step in EXECUTION_STEPS if step is not queue_documents],
    )
    monkeypatch.setattr("apps.dashboards.tasks_bilans.dispatch", lambda *_arguments: None)
    out = StringIO()
    call_command("demo", stdout=out)

    the_frame_is_that_of_the_pas_de_calais()
    every_path_of_the_texts_occurs()
    paid = paid_by_annexe()
    assert paid == ledger_by_annexe()
    assert paid == notices_by_annexe()
    # The modulated part stands beside the total that the file follows.
    assert paid_by_annexe(exclude="modulation") == excel_by_annexe()
    assert_same_on_screen(paid)
    the_total_is_that_of_a_second_computation()
    the_departement_reads_only_its_own()
    every_figure_is_the_same_everywhere()
    every_event_of_money_occurs()
    the_accounts_are_those_of_what_they_rest_on()
    assert invariants.faults() == recovery_faults() == []

    entries = Ecriture.objects.count()
    again = StringIO()
    call_command("demo", stdout=again)
    assert "Reprise de la démonstration" in again.getvalue()
    assert Ecriture.objects.count() == entries


def the_frame_is_that_of_the_pas_de_calais():
    assert ObjectifCaom.objects.get(
        caom__financeur__code="062", caom__annee=2023
    ).montant == Decimal("4678605.36")
    fees = AvenantFinancier.objects.get(mandat__financeur__code="062", annee=2023)
    assert fees.frais_previsionnels == fees.credits_frais == Decimal("9071.89")
    assert Salarie.objects.count() == 400
    first = VersionAnnexe.objects.get(
        annexe__numero="ACI062230001", annexe__renouvellement=0, modification=0
    )
    assert [u.montant for u in first.montants_unitaires.all()] == [Decimal("22289.00")]
    raised = VersionAnnexe.objects.get(
        annexe__numero="ACI062230001", annexe__renouvellement=0, modification=1
    )
    assert [u.montant for u in raised.montants_unitaires.all()] == [
        Decimal("22692.00"),
        Decimal("23196.00"),
    ]


def every_path_of_the_texts_occurs():
    done = Versement.objects.executed()
    assert set(done.values_list("nature", flat=True)) == set(Versement.Nature.values)
    assert done.filter(nature="regularisation", montant=0, part_cd__lt=0).exists()
    assert done.filter(nature="regularisation", montant__gt=0).exists()
    assert done.filter(nature="solde", montant__gt=0, sequence=1).exists()
    assert done.filter(nature="solde", sequence=2).exists()
    assert Suspension.objects.filter(levee_le__isnull=False).exists()
    assert Suspension.objects.filter(levee_le__isnull=True).exists()
    reasons = set(Retenue.objects.values_list("motif", flat=True))
    assert reasons >= {"EMP_MANQUANT", "BANQUE"}
    # What is left to do on the day it is served, for each role.
    assert VersionAnnexe.objects.filter(etat="PROVISOIRE").count() == 4
    assert VersionAnnexe.objects.filter(etat="SAISI").count() == 2
    states = EtatMensuel.objects.filter(mois=date(2024, 1, 1)).values_list("etat", flat=True)
    assert sorted(states) == ["BROUILLON"] * 3 + ["SAISI"] * 2
    # Paid later than its month: a release.
    assert any(v.mois < v.campagne.mois for v in done.select_related("campagne"))
    used_up = (
        AnnexeFinanciere.objects.filter(versements__statut="EXECUTE")
        .annotate(cd=Sum("versements__part_cd"), c=Sum("courante__montant_cd", distinct=True))
        .filter(siae__structure__denomination="Fil et dentelle")
        .get()
    )
    assert used_up.cd == used_up.courante.montant_cd > 0
    two = OrdreDeRecouvrer.objects.filter(structure__denomination="Terrils verts")
    assert {order.financeur.type for order in two} == {"ETAT", "CD"}
    tolerated = done.get(
        nature="solde", structure__denomination="Canche solidaire", annexe__renouvellement=0
    )
    assert (tolerated.recouvre_etat, tolerated.recouvre_cd) == (0, 0)


def every_event_of_money_occurs():
    """A returned transfer, a shortage, a plan, a clearing, a silence, the accounts of 2023."""
    returned = Virement.objects.get(etat="REJETE")
    assert returned.structure.denomination == "L’Atelier de la Gohelle"
    assert returned.remplacant.etat == "CONFIRME"
    assert returned.remplacant.montant == returned.montant
    waited = PartEnAttente.objects.get()
    assert waited.financeur.code == "080"
    assert (waited.versement.mois, waited.liberation.mois) == (date(2023, 5, 1), date(2023, 6, 1))
    assert AppelDeFonds.objects.get(nature="EXCEPTIONNEL").etat == "ENCAISSE"
    orders = OrdreDeRecouvrer.objects.select_related("structure", "financeur")
    ends = {(o.structure.denomination, o.financeur.type): o.etat for o in orders}
    assert ends["Le Verger d’Opale", "ETAT"] == "SOLDE"
    plan = PlanDePaiement.objects.get(ordre__structure__denomination="Le Verger d’Opale")
    assert (plan.etat, plan.echeances.count()) == ("TERMINE", 6)
    assert ends["Le Moulin de l’Authie", "CD"] == "NON_VALEUR"
    silent = LigneNonValeur.objects.get(tacite=True)
    assert silent.ordre.structure.denomination == "Le Moulin de l’Authie"
    cleared = Apurement.objects.get()
    assert (cleared.ordre.etat, cleared.montant) == ("APURE", Decimal("24.36"))
    assert FactureFrais.objects.filter(etat="PAYEE").count() == 2
    assert Cloture.objects.filter(nature="ANNEE", etat="VERROUILLEE").count() == 1
    signed = CompteEmploi.objects.filter(annee=2023, etat="SIGNE")
    assert sorted(signed.values_list("nature", flat=True)) == ["CERTIFIE"] * 2 + ["PROVISOIRE"] * 2


def paid_by_annexe(exclude=""):
    """{annex id: (State, département)} from the executed lines, but those of a nature."""
    rows = (
        Versement.objects.executed()
        .exclude(nature=exclude)
        .values_list("annexe")
        .annotate(etat=Sum("part_etat"), cd=Sum("part_cd"))
    )
    return {annexe: (etat, cd) for annexe, etat, cd in rows.order_by("annexe")}


def ledger_by_annexe():
    sums: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    with connection.cursor() as cursor:
        cursor.execute(LEDGER)
        for annexe, funder, amount in cursor.fetchall():
            sums[annexe][funder] += amount
    return {annexe: (found["ETAT"], found["CD"]) for annexe, found in sums.items()}


def notices_by_annexe():
    rows = AvisDePaiement.objects.values_list("annexe").annotate(
        etat=Sum("part_etat"), cd=Sum("part_cd")
    )
    return {annexe: (etat, cd) for annexe, etat, cd in rows.order_by("annexe")}


def excel_by_annexe():
    """From the file that the demonstration asked for as the ASP."""
    job = Job.objects.filter(
        nature="export", demande_par__username="asp.gestionnaire", titre__contains="annexes"
    ).latest("pk")
    with job.fichier.contenu.open("rb") as handle:
        book = openpyxl.load_workbook(BytesIO(handle.read()))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    heading = list(rows[0])
    number = heading.index("N° d’annexe")
    state, cd = heading.index("Versé État"), heading.index("Versé département")
    ids = {str(annexe): annexe.pk for annexe in AnnexeFinanciere.objects.all()}
    return {
        ids[row[number]]: (_money(row[state]), _money(row[cd]))
        for row in rows[1:]
        if row[number] != "Total" and (row[state] or row[cd])
    }


def assert_same_on_screen(paid):
    client = Client()
    client.force_login(User.objects.get(username="asp.gestionnaire"))
    for annexe, (etat, cd) in paid.items():
        page = client.get(f"/paiements/echeancier/{annexe}/").content.decode()
        for amount in (etat, cd, etat + cd):
            assert _written(amount) in page, annexe


def the_total_is_that_of_a_second_computation():
    """Where the solde is done, net sums equal those of the brute-force computation."""
    settled = AnnexeFinanciere.objects.filter(
        versements__nature="solde", versements__statut="EXECUTE"
    ).distinct()
    assert settled.count() >= 30
    totals = defaultdict(list)
    for total in validated_totals(settled.values_list("pk", flat=True)):
        totals[total.annexe_id].append(total)
    for annexe in settled:
        result = brute_force.compute(_request(annexe, totals[annexe.pk]))
        order_etat, order_cd = result["orders"]
        net = sum(row[3] for row in result["rows"]) - order_etat - order_cd
        net_cd = sum(row[4] for row in result["rows"]) - order_cd
        expected, expected_cd = Decimal(net) / 100, Decimal(net_cd) / 100
        lines = annexe.versements.filter(statut="EXECUTE").exclude(nature="modulation")
        found = lines.aggregate(
            net=Sum("montant") - Sum("recouvre_etat") - Sum("recouvre_cd"),
            cd=Sum("part_cd") - Sum("recouvre_cd"),
        )
        assert (found["net"], found["cd"]) == (expected, expected_cd), annexe


def the_departement_reads_only_its_own():
    client = Client()
    client.force_login(User.objects.get(username="cd.somme"))
    others = AnnexeFinanciere.objects.exclude(siae__structure__departement="080")
    assert client.get(f"/annexes/{others.first().pk}/").status_code == 404
    page = client.get("/annexes/").content.decode()
    assert "Horizons de la Somme" in page
    assert "Terrils verts" not in page


def _request(annexe, totals):
    versions = list(
        annexe.versions.filter(Q(etat="VALIDE") | Q(etat="HISTORISE")).prefetch_related(
            "montants_unitaires"
        )
    )
    monthly = {day.isoformat(): str(amount) for day, amount in montants_mensuels_cd()}
    return {
        **_terms(versions[0]),
        "mesure": annexe.siae.mesure,
        "debut": versions[0].debut.isoformat(),
        "jour_paiement": 20,
        "montants_mensuels_cd": monthly,
        "mois": [
            {
                "mois": f"{t.mois:%Y-%m}",
                "heures": str(t.heures),
                "brsa": t.brsa,
                "valide_le": t.valide_le.isoformat(),
            }
            for t in totals
        ],
        "avenants": [
            {"a_partir_de": f"{version.a_partir_de:%Y-%m}", **_terms(version)}
            for version in versions[1:]
        ],
    }


def _terms(version):
    return {
        "fin": version.fin.isoformat(),
        "etp": str(version.etp),
        "heures_annuelles_etp": str(version.heures_annuelles_etp),
        "montant_cd": str(version.montant_cd),
        "montant_unitaire_annuel": {
            u.effet.isoformat(): str(u.montant) for u in version.montants_unitaires.all()
        },
    }


def _money(value):
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))


def _written(amount):
    """As the pages write an amount: no-break spaces, comma, true minus sign."""
    return f"{amount:,.2f}".replace(",", "\xa0").replace(".", ",").replace("-", "−")
