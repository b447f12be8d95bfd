"""Texts and files of the matrix's world, and what they betray when they are shown."""

from __future__ import annotations

from apps.core.models import Fichier
from apps.core.services import store_file

# Looked for in what is shown to others than the parties.
NAME_OF_THE_CASE = "Le Fil du chantier"
NAME_OF_A_PERSON = "Zwyrtek"
# Typed in the texts of the case: in no page may it be mark-up.
MARKUP = '<b x="&'


def stored_file() -> Fichier:
    return store_file(b"%PDF-1.7", nom="a.pdf", titre=f"A {MARKUP}", type_mime="application/pdf")
