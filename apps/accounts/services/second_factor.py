"""The second factor of a person: made, asked, replaced, taken away (RFC 6238, thirty seconds).

A code serves once; five wrong ones refuse every code for a while, whatever the password does.
Who asks has been re-authenticated by the screens. The secret is encrypted at rest, the backup codes
are kept as keyed hashes.
"""

from __future__ import annotations

import secrets
from base64 import b32decode, b32encode
from urllib.parse import quote

from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP

from apps.accounts.models import CodeDeSecours, Membership, Organisation, SecondFacteur, User
from apps.accounts.notices import (
    CODES_ERRONES,
    FACTEUR_CHANGE,
    FACTEUR_REINITIALISE,
    FACTEUR_RETIRE,
    tell_owner,
)
from apps.accounts.permissions import can_reset_second_factor
from apps.accounts.services.session import FAILURES_MAX, LOCKED_FOR
from apps.core.encryption import decrypt, encrypt, fingerprint
from apps.core.errors import Refus
from apps.core.logs import security_event
from apps.journal.services import record

ISSUER = "Extranet IAE"
STEP = 30
# A telephone may be a step early or late.
TOLERANCE = 1
CODES = 10
# Without the letters and figures that are mistaken for one another.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
WRONG_CODE = (
    "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant et vérifiez que l’heure de "
    "votre téléphone est réglée automatiquement."
)


def new_secret() -> str:
    """160 random bits, in the letters that applications read."""
    return b32encode(secrets.token_bytes(20)).decode("ascii")


def address_of(user: User, secret: str) -> str:
    """What the QR code holds."""
    label = quote(f"{ISSUER}:{user.username}", safe="")
    return f"otpauth://totp/{label}?secret={secret}&issuer={quote(ISSUER)}"


@transaction.atomic
def enrol(user: User, secret: str, code: str) -> list[str]:
    """Keep a secret once a code of it was given; returns the ten backup codes, shown once.

    It replaces the one before, whose verified sessions must give the new one.
    """
    user = _locked(user)
    step = _step_of(secret, code, after=0)
    if step is None:
        raise Refus(WRONG_CODE)
    replaced = user.second_facteur_le is not None
    SecondFacteur.objects.update_or_create(
        user=user,
        defaults={
            "secret": encrypt(secret),
            "dernier_pas": step,
            "echecs": 0,
            "bloque_jusqu_a": None,
        },
    )
    user.second_facteur_le = timezone.now()
    user.save(update_fields=["second_facteur_le"])
    record(_as(user), "compte.facteur_remplace" if replaced else "compte.facteur_active", user)
    if replaced:
        tell_owner(user, FACTEUR_CHANGE, user.email)
    return _draw_codes(user)


def verify(user: User, code: str) -> bool:
    """Whether this is a code of the person's application, not used before."""
    with transaction.atomic():
        facteur = _facteur(user)
        step = _step_of(decrypt(facteur.secret), code, after=facteur.dernier_pas)
        if step is None or _rests(facteur):
            _count_failure(facteur)
            return False
        facteur.dernier_pas, facteur.echecs, facteur.bloque_jusqu_a = step, 0, None
        facteur.save(update_fields=["dernier_pas", "echecs", "bloque_jusqu_a"])
        return True


def verify_backup(user: User, code: str) -> bool:
    """Whether this is a backup code not used before; it is used from now on."""
    with transaction.atomic():
        facteur = _facteur(user)
        unused = CodeDeSecours.objects.filter(
            user=user, empreinte=_hash(user, code), utilise_le__isnull=True
        )
        if _rests(facteur) or not unused.update(utilise_le=timezone.now()):
            _count_failure(facteur)
            return False
        facteur.echecs, facteur.bloque_jusqu_a = 0, None
        facteur.save(update_fields=["echecs", "bloque_jusqu_a"])
        record(_as(user), "compte.code_secours_utilise", user)
        return True


def is_resting(user: User) -> bool:
    """Too many wrong codes lately: even the right one is refused."""
    return _rests(SecondFacteur.objects.get(user=user))


@transaction.atomic
def renew_backup_codes(user: User) -> list[str]:
    """Ten new backup codes; those before are worth nothing any longer."""
    user = _locked(user)
    if user.second_facteur_le is None:
        raise Refus("Vous n’avez pas de second facteur : activez-le d’abord.")
    record(_as(user), "compte.codes_secours", user)
    return _draw_codes(user)


@transaction.atomic
def remove_second_factor(user: User) -> None:
    """Whoever may do without it takes it away from their own account."""
    user = _locked(user)
    if user.second_facteur_le is None:
        raise Refus("Vous n’avez pas de second facteur.")
    _forget(user)
    record(_as(user), "compte.facteur_retire", user)
    tell_owner(user, FACTEUR_RETIRE, user.email)


@transaction.atomic
def reset_second_factor(acting: Membership, user: User) -> None:
    """A telephone is lost: the administrator has the person make another second factor."""
    can_reset_second_factor(acting, user).enforce()
    user = _locked(user)
    if user.second_facteur_le is None:
        raise Refus("Ce compte n’a pas de second facteur.")
    _forget(user)
    # Sessions verified by ProConnect would go on: all end.
    user.generation_sessions += 1
    user.save(update_fields=["generation_sessions"])
    record(acting, "compte.facteur_reinitialise", user)
    tell_owner(user, FACTEUR_REINITIALISE, user.email)


def _forget(user: User) -> None:
    SecondFacteur.objects.filter(user=user).delete()
    CodeDeSecours.objects.filter(user=user).delete()
    user.second_facteur_le = None
    user.save(update_fields=["second_facteur_le"])


def _draw_codes(user: User) -> list[str]:
    CodeDeSecours.objects.filter(user=user).delete()
    codes = [_draw() for _ in range(CODES)]
    CodeDeSecours.objects.bulk_create(
        CodeDeSecours(user=user, empreinte=_hash(user, code)) for code in codes
    )
    return codes


def _draw() -> str:
    """Sixty random bits, in groups of four."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return "-".join(letters[i : i + 4] for i in range(0, 12, 4))


def _hash(user: User, code: str) -> str:
    typed = "".join(letter for letter in code.upper() if letter in ALPHABET)
    return fingerprint(f"code de secours {user.pk} {typed}")


def _step_of(secret: str, code: str, *, after: int) -> int | None:
    """The step of thirty seconds this code is of, when it is later than the last one used."""
    typed = "".join(code.split())
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
        return None
    totp = TOTP(b32decode(secret), step=STEP)
    totp.time = timezone.now().timestamp()
    if not totp.verify(int(typed), tolerance=TOLERANCE, min_t=after + 1):
        return None
    return int(totp.t())


def _facteur(user: User) -> SecondFacteur:
    """The row, locked: codes sent all at once are judged one after the other."""
    return SecondFacteur.objects.select_for_update().get(user=user)


def _rests(facteur: SecondFacteur) -> bool:
    return facteur.bloque_jusqu_a is not None and facteur.bloque_jusqu_a > timezone.now()


def _count_failure(facteur: SecondFacteur) -> None:
    """The fifth in a row: somebody has the password and not the telephone. The owner is told."""
    security_event("code refusé", user=facteur.user_id)
    if _rests(facteur):
        return
    facteur.echecs += 1
    if facteur.echecs >= FAILURES_MAX:
        facteur.echecs, facteur.bloque_jusqu_a = 0, timezone.now() + LOCKED_FOR
        record(None, "compte.facteur_bloque", facteur.user)
        tell_owner(facteur.user, CODES_ERRONES, facteur.user.email)
    facteur.save(update_fields=["echecs", "bloque_jusqu_a"])


def _locked(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _as(user: User) -> Membership:
    """Who acts on their own account acts for no organisation."""
    return Membership(user=user, organisation=Organisation())
