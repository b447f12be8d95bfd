"""The played year of the documents' tests, for the screens that show the same figures."""

from tests.documents.conftest import annee

__all__ = ["annee"]
