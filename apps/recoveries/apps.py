"""Django configuration of the application recoveries."""

from django.apps import AppConfig


class RecoveriesConfig(AppConfig):
    name = "apps.recoveries"
    label = "recoveries"
    verbose_name = "Recouvrement"

    def ready(self) -> None:
        """What payments call without importing this application.

        A run proposes set-offs, refuses those forbidden since its approval; executing it records
        them, then issues its orders; the reversal of an entry of cash undoes what recorded it;
        closing an annex names its open orders.
        """
        from apps.annexes.services.closing import CLOSING_STEPS
        from apps.payments.gate import BLOCKING_STEPS
        from apps.payments.models import Ecriture
        from apps.payments.reglements import DEDUCTION_STEPS
        from apps.payments.services.execution import EXECUTION_STEPS, LOCK_STEPS
        from apps.payments.services.extournes import REVERSAL_STEPS

        # They register the check of the deployment and the nightly work.
        from apps.recoveries import checks, tasks_apurement  # noqa: F401
        from apps.recoveries.creances_annexe import open_debts
        from apps.recoveries.services import annulations, issue_orders
        from apps.recoveries.services.compensations import (
            forbidden_set_offs,
            propose,
            record_set_offs,
        )
        from apps.recoveries.services.ordres import hold_orders

        if propose not in DEDUCTION_STEPS:
            DEDUCTION_STEPS.append(propose)
        if forbidden_set_offs not in BLOCKING_STEPS:
            BLOCKING_STEPS.append(forbidden_set_offs)
        if hold_orders not in LOCK_STEPS:
            LOCK_STEPS.append(hold_orders)
        for step in (record_set_offs, issue_orders):
            if step not in EXECUTION_STEPS:
                EXECUTION_STEPS.append(step)
        if open_debts not in CLOSING_STEPS:
            CLOSING_STEPS.append(open_debts)
        REVERSAL_STEPS[Ecriture.Evenement.ENCAISSEMENT] = annulations.undo_cash
        REVERSAL_STEPS[Ecriture.Evenement.EXCEDENT] = annulations.undo_surplus
