"""Table of the acts on the debts that will not, or may not, be recovered.

Each row gives the words of its page, its form, who may do it, the service that does it; the pages
are drawn by `apurement_actes`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.forms import Form
from apps.core.models import Fichier
from apps.core.verdicts import Verdict, refused
from apps.recoveries import documents_apurement as documents
from apps.recoveries import forms_apurement as forms
from apps.recoveries import permissions_apurement as permissions
from apps.recoveries.models import (
    Contestation,
    DemandeRemise,
    Extinction,
    LigneNonValeur,
    ListeNonValeur,
    ProcedureCollective,
)
from apps.recoveries.services import (
    abandons,
    admissions,
    contestations,
    extinctions,
    procedures,
    remises,
)

Data = dict[str, Any]
# What the State's files do not go through.
_STATE = refused("La part de l’État est décidée par l’ordonnateur, sans transmission.")


@dataclass(frozen=True, slots=True)
class Acte:
    """What a page of act says and does; `event` is that of the state table of its model."""

    model: Any
    event: str
    titre: str
    libelle: str
    texte: str
    succes: str
    form: type[Form]
    verdict: Callable[[Membership, Any], Verdict]
    act: Callable[[Membership, Any, Data], Any]
    initial: Callable[[Any], Data] = lambda _objet: {}
    # Why the object does not call for the act, though its state would allow it.
    sans_objet: Callable[[Any], str] = lambda _objet: ""
    # Draws what the act issues: as it was that day, whatever changes afterwards.
    document: Callable[[int], Fichier] | None = None


def _examines(acting: Membership, _objet: Any) -> Verdict:
    return permissions.can_examine(acting)


def _orders(acting: Membership, _objet: Any) -> Verdict:
    return permissions.can_order(acting)


def _transmits(acting: Membership, _objet: Any) -> Verdict:
    return permissions.can_transmit(acting)


def _decides(acting: Membership, objet: Any) -> Verdict:
    return permissions.can_decide(acting, _funder(objet), today())


def _receives(acting: Membership, objet: Any) -> Verdict:
    return permissions.can_receive(acting, _funder(objet))


def _returns(acting: Membership, objet: Any) -> Verdict:
    return permissions.can_return(acting, _funder(objet))


def _nothing_to_declare(procedure: ProcedureCollective) -> str:
    if procedures.to_declare(procedure):
        return ""
    return "Toutes les créances de cette structure sont déjà déclarées."


def _liquidated(procedure: ProcedureCollective) -> str:
    if procedure.nature != ProcedureCollective.Nature.LIQUIDATION:
        return ""
    return "Cette procédure est déjà une liquidation judiciaire."


def _funder(objet: Any) -> Any:
    if isinstance(objet, LigneNonValeur):
        return objet.liste.financeur
    return objet.financeur if isinstance(objet, ListeNonValeur) else objet.ordre.financeur


def _call(service: Callable[..., object]) -> Callable[[Membership, Any, Data], Any]:
    """The service, given the person, the object and what was typed, on this day."""
    return lambda acting, objet, data: service(acting, objet, on=today(), **data)


def _today(_objet: Any) -> Data:
    return {"recue_le": today()}


ACTES: dict[str, Acte] = {
    "contestation_suspendre": Acte(
        Contestation,
        "suspendre",
        "Suspendre les poursuites",
        "Suspendre les poursuites",
        "L’agent comptable reçoit un ordre écrit : aucun acte de poursuite ni compensation n’est "
        "fait jusqu’à la décision. La structure en est avertie.",
        "Les poursuites sont suspendues par ordre écrit.",
        forms.MotifForm,
        _orders,
        _call(contestations.suspend_pursuit),
        document=documents.written_order,
    ),
    "contestation_maintenir": Acte(
        Contestation,
        "maintenir",
        "Maintenir les poursuites",
        "Maintenir les poursuites",
        "Le recouvrement continue pendant l’examen de la contestation. La structure en est "
        "avertie.",
        "Les poursuites sont maintenues.",
        forms.MotifForm,
        _orders,
        _call(contestations.keep_pursuit),
        document=documents.written_order,
    ),
    "contestation_instruire": Acte(
        Contestation,
        "rejeter",
        "Donner un avis",
        "Enregistrer l’avis",
        "L’avis est transmis à l’ordonnateur, qui décide. Rien n’est encore modifié.",
        "L’avis est enregistré ; l’ordonnateur en est averti.",
        forms.AvisForm,
        _examines,
        _call(contestations.examine_dispute),
    ),
    "contestation_decider": Acte(
        Contestation,
        "rejeter",
        "Décider de la contestation",
        "Décider",
        "La décision est définitive : l’ordre est réduit du montant indiqué, et ce qui a déjà été "
        "payé au-delà devient un excédent. Si les poursuites étaient suspendues, elles reprennent "
        "avec un nouveau délai de 30 jours. La structure et le financeur sont avertis.",
        "La contestation est décidée.",
        forms.DecisionForm,
        _orders,
        _call(contestations.decide_dispute),
        lambda o: {"reduction": o.reduction_proposee},
        document=documents.dispute_letter,
    ),
    "remise_proposer": Acte(
        DemandeRemise,
        "proposer",
        "Établir la fiche de synthèse",
        "Enregistrer la proposition",
        "La fiche de synthèse et la proposition seront transmises au département, dont le silence "
        "pendant quatre mois vaut acceptation ; la part de l’État est décidée par l’ordonnateur.",
        "La proposition est enregistrée.",
        forms.PropositionForm,
        _examines,
        _call(remises.propose_remission),
        lambda o: {"synthese": o.synthese, "montant": o.montant_propose},
    ),
    "remise_transmettre": Acte(
        DemandeRemise,
        "transmettre",
        "Transmettre au département",
        "Transmettre",
        "Le département reçoit la fiche de synthèse et la proposition. Le délai de quatre mois "
        "court de la réception du dossier complet.",
        "La demande est transmise au département.",
        forms.VideForm,
        lambda acting, o: _transmits(acting, o) if not _funder(o).is_etat else _STATE,
        _call(remises.transmit_remission),
        document=documents.synthesis,
    ),
    "remise_recevoir": Acte(
        DemandeRemise,
        "recevoir",
        "Enregistrer la réception du dossier complet",
        "Enregistrer la réception",
        "Le délai de quatre mois court de cette date : sans réponse du département, la "
        "proposition de l’ASP est acceptée.",
        "La réception est enregistrée.",
        forms.ReceptionForm,
        _receives,
        _call(remises.receive_remission),
        _today,
    ),
    "remise_completer": Acte(
        DemandeRemise,
        "completer",
        "Demander un complément à l’ASP",
        "Demander le complément",
        "Le délai de quatre mois s’arrête ; il repart de zéro à la réception du dossier complet.",
        "Le complément est demandé à l’ASP.",
        forms.ManqueForm,
        _returns,
        _call(remises.return_remission),
    ),
    "remise_decider": Acte(
        DemandeRemise,
        "rejeter",
        "Décider de la remise",
        "Décider",
        "La décision est définitive. La somme remise est à la charge du financeur ; le reste est "
        "recouvré. L’ASP notifie la décision au débiteur.",
        "La décision est enregistrée.",
        forms.RemiseForm,
        _decides,
        _call(remises.decide_remission),
        lambda o: {"montant": o.montant_propose},
        document=documents.remission_letter,
    ),
    "liste_soumettre": Acte(
        ListeNonValeur,
        "soumettre",
        "Soumettre la liste",
        "Soumettre",
        "La liste et les pièces justificatives sont soumises au financeur. La liste ne peut plus "
        "être modifiée.",
        "La liste est soumise.",
        forms.VideForm,
        _transmits,
        _call(abandons.submit_list),
        document=documents.list_slip,
    ),
    "liste_recevoir": Acte(
        ListeNonValeur,
        "recevoir",
        "Enregistrer la réception du dossier complet",
        "Enregistrer la réception",
        "Le délai de quatre mois court de cette date : sans réponse du département, les créances "
        "de la liste sont admises en non-valeur.",
        "La réception est enregistrée.",
        forms.ReceptionForm,
        lambda acting, o: _STATE if o.financeur.is_etat else _receives(acting, o),
        _call(abandons.receive_list),
        _today,
    ),
    "liste_completer": Acte(
        ListeNonValeur,
        "completer",
        "Demander un complément à l’ASP",
        "Demander le complément",
        "Le délai de quatre mois s’arrête ; il repart de zéro à la réception du dossier complet.",
        "Le complément est demandé à l’ASP.",
        forms.ManqueForm,
        _returns,
        _call(abandons.return_list),
    ),
    "ligne_retirer": Acte(
        LigneNonValeur,
        "soumettre",
        "Retirer la créance de la liste",
        "Retirer",
        "La créance quitte la liste ; son recouvrement continue.",
        "La créance est retirée de la liste.",
        forms.VideForm,
        _examines,
        lambda acting, o, data: abandons.remove_line(acting, o),
    ),
    "ligne_completer": Acte(
        LigneNonValeur,
        "recevoir",
        "Compléter la pièce justificative",
        "Remplacer la pièce",
        "La pièce remplace la précédente, à la demande du département.",
        "La pièce est remplacée.",
        forms.PieceForm,
        _examines,
        lambda acting, o, data: abandons.complete_line(acting, o, **data),
    ),
    "ligne_decider": Acte(
        LigneNonValeur,
        "clore",
        "Décider de la non-valeur",
        "Décider",
        "La décision est définitive. Admise, la somme est à la charge du financeur ; refusée, le "
        "recouvrement reprend avec les éléments donnés.",
        "La décision est enregistrée.",
        forms.AdmissionForm,
        _decides,
        lambda acting, o, data: admissions.decide_line(
            acting,
            o,
            admise=data["admise"] == forms.OUI,
            elements=data["elements"],
            on=today(),
        ),
    ),
    "extinction_prononcer": Acte(
        Extinction,
        "prononcer",
        "Décider de l’extinction",
        "Décider",
        "La décision est définitive. Prononcée, la créance n’existe plus : ce qui reste à "
        "recouvrer est à la charge du financeur, sans passer devant lui.",
        "La décision est enregistrée.",
        forms.PrononcerForm,
        _orders,
        lambda acting, o, data: extinctions.decide_extinction(
            acting,
            o,
            prononcee=data["prononcee"] == forms.OUI,
            motif=data["motif"],
            on=today(),
        ),
    ),
    "procedure_declarer": Acte(
        ProcedureCollective,
        "declarer",
        "Déclarer les créances",
        "Enregistrer la déclaration",
        "Tous les ordres encore dus par la structure sont déclarés pour ce qui reste à recouvrer.",
        "Les créances sont déclarées.",
        forms.DeclarationForm,
        _examines,
        _call(procedures.declare_debts),
        lambda o: {"declaree_le": today()},
        sans_objet=_nothing_to_declare,
    ),
    "procedure_publier": Acte(
        ProcedureCollective,
        "publier",
        "Enregistrer la publication au BODACC",
        "Enregistrer",
        "Les créances sont à déclarer dans les deux mois de cette publication.",
        "La publication est enregistrée.",
        forms.PublicationForm,
        _examines,
        _call(procedures.publish_procedure),
        lambda o: {"bodacc_le": o.bodacc_le},
    ),
    "procedure_convertir": Acte(
        ProcedureCollective,
        "convertir",
        "Enregistrer la conversion en liquidation",
        "Enregistrer",
        "La procédure devient une liquidation judiciaire ; les créances restent déclarées.",
        "La conversion est enregistrée.",
        forms.ConversionForm,
        _examines,
        _call(procedures.convert_procedure),
        sans_objet=_liquidated,
    ),
    "procedure_clore": Acte(
        ProcedureCollective,
        "clore",
        "Clore la procédure",
        "Enregistrer la clôture",
        "Pour insuffisance d’actif, l’extinction de chaque ordre encore dû est proposée à "
        "l’ordonnateur ; sinon, le recouvrement peut reprendre.",
        "La clôture est enregistrée.",
        forms.ClotureForm,
        _examines,
        # An empty list of extinctions is an act done as well.
        lambda acting, o, data: (procedures.close_procedure(acting, o, on=today(), **data), True),
    ),
}
