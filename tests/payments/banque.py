"""Bank answers for the tests: a run executed with its transfers, returns as files.

Used by the tests of the transfer files, of the bank returns and of the end of a run.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from apps.payments.models import Campagne, RetourBancaire, Virement
from apps.payments.services.retours import apply_return, import_return
from tests.payments.dossiers import Asp, make_annexe, run
from tests.payments.test_preparation import REQUEST

PAID_ON = date(2018, 1, 22)
ANSWERED_ON = date(2018, 1, 24)
HEADINGS = "reference;statut;code;libelle;date"


def executed(asp: Asp, annexes: int = 1) -> Campagne:
    """The run of January 2018, executed on its payment day: one transfer for each annex."""
    for _ in range(annexes):
        make_annexe(REQUEST)
    return run(asp, "2018-01", day=PAID_ON.day)


def sent(campagne: Campagne) -> list[Virement]:
    return list(campagne.virements.order_by("pk"))


def csv_of(lines: Iterable[str], headings: str = HEADINGS) -> bytes:
    return "\n".join([headings, *lines, ""]).encode()


def rejected(virement: Virement, code: str = "AC04", *, day: date = ANSWERED_ON) -> str:
    """The line of a CSV that rejects a transfer."""
    return f"{virement.reference};RJCT;{code};;{day:%d/%m/%Y}"


def confirmed(virement: Virement, *, day: date = ANSWERED_ON) -> str:
    return f"{virement.reference};ACSC;;;{day.isoformat()}"


def answer(
    asp: Asp, lines: Iterable[str], *, on: date = ANSWERED_ON, headings: str = HEADINGS
) -> RetourBancaire:
    """A CSV of these lines, imported and applied."""
    contents = csv_of(lines, headings)
    retour = import_return(asp.comptable, "retour.csv", contents, on=on)
    return apply_return(asp.comptable, retour, on=on)


def transaction(
    reference: str,
    statut: str,
    *,
    code: str = "",
    montant: Decimal | None = None,
    day: str = "2018-01-24T08:00:00",
) -> str:
    """A transfer in a pain.002."""
    reason = f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>" if code else ""
    amount = (
        f'<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">{montant}</InstdAmt></Amt></OrgnlTxRef>'
        if montant is not None
        else ""
    )
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{reference}</OrgnlEndToEndId><TxSts>{statut}</TxSts>"
        f"{reason}<AccptncDtTm>{day}</AccptncDtTm>{amount}</TxInfAndSts>"
    )


def pain002(
    transactions: Iterable[str] = (),
    *,
    version: str = "10",
    message: str = "EXTRANET-IAE-VIR-000001",
    statut: str = "",
    code: str = "",
) -> bytes:
    """A customer payment status report, as a bank sends it."""
    group = f"<GrpSts>{statut}</GrpSts>" if statut else ""
    reason = f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>" if code else ""
    rows = "".join(transactions)
    batch = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{message}</OrgnlPmtInfId>{rows}</OrgnlPmtInfAndSts>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.{version}">'
        "<CstmrPmtStsRpt><GrpHdr><MsgId>BQ-1</MsgId><CreDtTm>2018-01-24T08:00:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>"
        f"<OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{group}{reason}</OrgnlGrpInfAndSts>"
        f"{batch if rows else ''}</CstmrPmtStsRpt></Document>"
    ).encode()
