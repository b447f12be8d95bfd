"""Following a control on documents: the structure sends them, the ASP concludes (spec 03, ASP).

Each step locks the control, reads its table of states, writes and journals; the other side is
told. Called by the screens of the controls; `sampling` opens them.
"""

from __future__ import annotations

from datetime import date

from django.core.files import File
from django.db import transaction

from apps.accounts.models import Membership
from apps.core.clock import today
from apps.core.errors import Refus
from apps.core.services import store_file
from apps.core.uploads import PIECES, read_document
from apps.journal.services import record
from apps.presence.models import Controle, NaturePiece, PieceControle
from apps.presence.notices import tell_concluded, tell_requested, tell_sent
from apps.presence.permissions import can_answer, can_control
from apps.presence.transitions_controle import check_awaited, reach

PIECES_MAX = 50
TEXTE_MAX = 500


@transaction.atomic
def add_piece(
    acting: Membership,
    controle: Controle,
    nature: str,
    uploaded: File[bytes],
    *,
    on: date | None = None,
) -> PieceControle:
    """Attach one document: a PDF, or a JPEG or PNG picture, of 10 MiB at most."""
    controle = lock_controle(controle)
    can_answer(acting, controle).enforce()
    check_awaited(controle)
    if nature not in controle.tirage.pieces:
        raise Refus("Choisissez l’une des pièces demandées.")
    if controle.pieces.count() >= PIECES_MAX:
        raise Refus(f"Un contrôle reçoit {PIECES_MAX} fichiers au plus : regroupez les pièces.")
    contents, kind = read_document(uploaded, PIECES)
    number = controle.pieces.count() + 1
    fichier = store_file(
        contents,
        nom=f"controle-{controle.pk}-{nature.lower()}-{number}.{kind.suffixe}",
        titre=f"{NaturePiece(nature).label}, {controle}"[:200],
        type_mime=kind.type_mime,
    )
    piece = PieceControle.objects.create(
        controle=controle,
        nature=nature,
        fichier=fichier,
        depose_par=acting.user,
        depose_le=on or today(),
    )
    record(
        acting,
        "controle.piece",
        controle,
        apres={
            "piece": str(piece.get_nature_display()),
            "sha256": fichier.sha256,
            "taille": fichier.taille,
        },
    )
    return piece


@transaction.atomic
def remove_piece(acting: Membership, piece: PieceControle) -> None:
    """Take back a document attached by mistake, until the documents are sent."""
    controle = lock_controle(piece.controle)
    can_answer(acting, controle).enforce()
    check_awaited(controle)
    record(
        acting,
        "controle.piece_retiree",
        controle,
        avant={"piece": str(piece.get_nature_display()), "sha256": piece.fichier.sha256},
    )
    piece.delete()


@transaction.atomic
def send_pieces(
    acting: Membership, controle: Controle, *, message: str = "", on: date | None = None
) -> Controle:
    """Tell the ASP that the documents are there; a missing kind is to be explained."""
    controle = lock_controle(controle)
    can_answer(acting, controle).enforce()
    state = reach("transmettre", controle)
    message = message.strip()[:TEXTE_MAX]
    sent = set(controle.pieces.values_list("nature", flat=True))
    missing = [str(NaturePiece(n).label) for n in controle.tirage.pieces if n not in sent]
    if missing and not message:
        raise Refus(
            f"Il manque : {', '.join(missing)}. Déposez ces pièces, ou expliquez leur absence "
            "dans le message à l’ASP."
        )
    _move(
        acting,
        controle,
        state,
        "controle.transmis",
        motif=message,
        message=message,
        transmis_le=on or today(),
    )
    tell_sent(controle)
    return controle


@transaction.atomic
def ask_more(
    acting: Membership,
    controle: Controle,
    *,
    demande: str,
    echeance: date,
    on: date | None = None,
) -> Controle:
    """Give the control back to the structure for what is missing, with a new deadline."""
    controle = lock_controle(controle)
    can_control(acting).enforce()
    state = reach("completer", controle)
    demande = _needed(demande, "Indiquez les pièces ou les précisions qui manquent.")
    if echeance <= (on or today()):
        raise Refus("L’échéance doit être postérieure à aujourd’hui.")
    _move(
        acting,
        controle,
        state,
        "controle.complement",
        motif=demande,
        demande=demande,
        echeance=echeance,
    )
    tell_requested([controle])
    return controle


@transaction.atomic
def conclude(
    acting: Membership,
    controle: Controle,
    *,
    avis: str,
    conclusion: str,
    on: date | None = None,
) -> Controle:
    """Close a control: `conforme`, `non_conforme` or `abandonner`, with the reason.

    Without the documents, it may be found non compliant once its deadline has passed.
    """
    on = on or today()
    controle = lock_controle(controle)
    can_control(acting).enforce()
    if avis not in ("conforme", "non_conforme", "abandonner"):
        raise Refus("Choisissez la conclusion du contrôle.")
    state = reach(avis, controle)
    conclusion = _needed(conclusion, "Motivez la conclusion du contrôle.")
    if (
        avis == "non_conforme"
        and controle.etat == Controle.Etat.DEMANDE
        and on <= controle.echeance
    ):
        raise Refus(
            f"La structure peut déposer ses pièces jusqu’au {controle.echeance:%d/%m/%Y} : "
            "concluez après cette date."
        )
    _move(
        acting,
        controle,
        state,
        "controle.conclu",
        motif=conclusion,
        conclusion=conclusion,
        conclu_par=acting.user,
        conclu_le=on,
    )
    tell_concluded(controle)
    return controle


def lock_controle(controle: Controle) -> Controle:
    """The same control, its row locked until the end of the transaction."""
    return (
        Controle.objects.select_for_update(of=("self",))
        .select_related("tirage", "etat_mensuel__annexe__siae__structure__organisation")
        .get(pk=controle.pk)
    )


def _move(
    acting: Membership, controle: Controle, state: str, action: str, *, motif: str, **values: object
) -> None:
    before = controle.etat
    controle.etat = state
    for name, value in values.items():
        setattr(controle, name, value)
    controle.save(update_fields=["etat", *values])
    record(acting, action, controle, motif=motif, avant={"etat": before}, apres={"etat": state})


def _needed(text: str, sentence: str) -> str:
    text = text.strip()
    if not text:
        raise Refus(sentence)
    return text[:TEXTE_MAX]
