"""Django configuration of the application payments."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "apps.payments"
    label = "payments"
    verbose_name = "Paiements"

    def ready(self) -> None:
        """A new account releases what the refusal of the former held; a rejection can be undone."""
        from apps.payments import verifications  # noqa: F401 - registers the check of deployment
        from apps.payments.models import Ecriture
        from apps.payments.services.extournes import REVERSAL_STEPS
        from apps.payments.services.rejets import lift_after_new_account, undo_rejection
        from apps.siae.services.banque_delai import ACTIVATION_STEPS

        if lift_after_new_account not in ACTIVATION_STEPS:
            ACTIVATION_STEPS.append(lift_after_new_account)
        REVERSAL_STEPS[Ecriture.Evenement.REJET_VIREMENT] = undo_rejection
        _connect_funds()
        _connect_closing()
        _connect_fees()


def _connect_closing() -> None:
    """An annex is closed when nothing is due in its accounts."""
    from apps.annexes.services.closing import CLOSING_STEPS
    from apps.payments.soldes_annexe import require_nothing_due

    if require_nothing_due not in CLOSING_STEPS:
        CLOSING_STEPS.append(require_nothing_due)


def _connect_funds() -> None:
    """A mandate signed, or a run short of funds, proposes a call; a receipt can be undone."""
    from apps.conventions.services.conventions import SIGNATURE_STEPS
    from apps.payments import tasks_fonds  # noqa: F401 - registers the calls by the clock
    from apps.payments.models import Ecriture
    from apps.payments.reglements import SHORTAGE_STEPS
    from apps.payments.services.appels import call_shortage, propose_advance_at_signature
    from apps.payments.services.extournes import REVERSAL_STEPS
    from apps.payments.services.recettes import reverse_receipt

    if propose_advance_at_signature not in SIGNATURE_STEPS:
        SIGNATURE_STEPS.append(propose_advance_at_signature)
    if call_shortage not in SHORTAGE_STEPS:
        SHORTAGE_STEPS.append(call_shortage)
    REVERSAL_STEPS[Ecriture.Evenement.FONDS_RECUS] = reverse_receipt


def _connect_fees() -> None:
    """A receipt of fees can be undone; the clock prepares the invoices."""
    from apps.payments import tasks_frais  # noqa: F401 - registers the task of the clock
    from apps.payments.models import Ecriture
    from apps.payments.services.encaissements_frais import undo_receipt
    from apps.payments.services.extournes import REVERSAL_STEPS

    REVERSAL_STEPS[Ecriture.Evenement.FRAIS_ENCAISSES] = undo_receipt
