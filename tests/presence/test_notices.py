"""What a structure is told of its statements: the month is named whenever there is one."""

from __future__ import annotations

from apps.accounts.models import Notification
from apps.presence.models import EtatMensuel
from apps.presence.notices import tell_validated
from tests.presence.world import month


def test_a_batch_of_one_month_names_it_and_a_longer_one_does_not(world):
    january, february = (
        EtatMensuel.objects.create(annexe=world.annexe, mois=month(number)) for number in (1, 2)
    )
    for batch in ([january], [january, january], [january, february]):
        tell_validated(batch)
    assert list(Notification.objects.order_by("pk").values_list("titre", flat=True)) == [
        "État mensuel de janvier 2023 validé",
        "États mensuels de janvier 2023 validés",
        "États mensuels validés",
    ]
