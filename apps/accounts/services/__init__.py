"""Writes of the accounts: sign-in, passwords, second factor, access, memberships, readings."""

from apps.accounts.services.access import (
    invite,
    open_access,
    send_access,
)
from apps.accounts.services.accounts import (
    activate_account,
    create_organisation,
    deactivate_account,
    save_preferences,
    unlock_account,
    update_account,
)
from apps.accounts.services.memberships import change_membership, end_membership
from apps.accounts.services.passwords import ask_new_password, set_password
from apps.accounts.services.proconnect import unlink_proconnect
from apps.accounts.services.readings import mark_all_read, mark_read
from apps.accounts.services.second_factor import reset_second_factor
from apps.accounts.services.session import (
    choose_membership,
    close_other_sessions,
    forget_failures,
    is_locked,
    record_failure,
    record_sign_in,
)

__all__ = [
    "activate_account",
    "ask_new_password",
    "change_membership",
    "choose_membership",
    "close_other_sessions",
    "create_organisation",
    "deactivate_account",
    "end_membership",
    "forget_failures",
    "invite",
    "is_locked",
    "mark_all_read",
    "mark_read",
    "open_access",
    "record_failure",
    "record_sign_in",
    "reset_second_factor",
    "save_preferences",
    "send_access",
    "set_password",
    "unlink_proconnect",
    "unlock_account",
    "update_account",
]
