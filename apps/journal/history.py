"""Reads of the journal: the history page of every object."""

from __future__ import annotations

from django.db.models import Model, QuerySet

from apps.journal.models import Entree


def history_of(objet: Model) -> QuerySet[Entree]:
    """Entries about one object, the latest first."""
    return Entree.objects.filter(objet_type=objet._meta.label_lower, objet_id=objet.pk)
