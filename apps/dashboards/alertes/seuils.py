"""Thresholds of the alerts, in one place. A département will set its own; until then these are
everybody's. Rates are in per cent, delays in months or days."""

from decimal import Decimal

REALISATION_BASSE = Decimal(90)
REALISATION_TRES_BASSE = Decimal(75)
REALISATION_HAUTE = Decimal(110)
# Fewer validated months than this say nothing yet of a year.
MOIS_OBSERVES = 2
CONSOMMATION_BASSE = Decimal(90)  # of the département's amount, as expected at the end
SORTIES_EXAMINEES = 3
MOIS_AVANT_LA_FIN = 2
JOURS_AVANT_LA_FIN_URGENTS = 31
JOURS_ORDRE_ANCIEN = 60
