// Live totals, in whole hundredths; the server's own replace them as soon as all is saved.

import { divide, format } from "./nombres.js";

export class Totaux {
  constructor(zone, lignes) {
    this.lignes = lignes;
    this.heuresEtp = Number(zone.dataset.heuresEtp);
    this.etpAnnexe = Number(zone.dataset.etpAnnexe);
    this.places = Object.fromEntries(
      [...zone.querySelectorAll("[data-total]")].map((place) => [place.dataset.total, place]),
    );
  }

  calculer() {
    let heures = 0, eligibles = 0, saisies = 0;
    const personnes = new Map();
    for (const { tr, heures: typed } of this.lignes) {
      if (typed === null) continue;
      saisies += 1;
      heures += typed;
      if ("ineligible" in tr.dataset) continue;
      eligibles += typed;
      if ("brsa" in tr.dataset) {
        const who = tr.dataset.salarie;
        personnes.set(who, (personnes.get(who) || 0) + typed);
      }
    }
    // Printed ETP: hours × 12 / annual hours of a post; then its rate on those of the annex.
    const etp = divide(heures * 1200, this.heuresEtp);
    const taux = divide(etp * 10000, this.etpAnnexe);
    const brsa = [...personnes.values()].filter((sum) => sum >= 100).length;
    this.montrer({
      saisies, brsa,
      heures: `${format(heures)}\u00a0h`,
      eligibles: `${format(eligibles)}\u00a0h`,
      etp: format(etp),
      taux: `${format(taux)}\u00a0%`,
    });
  }

  montrer(figures) {
    for (const [name, figure] of Object.entries(figures)) {
      const place = this.places[name];
      if (place && place.textContent !== String(figure)) place.textContent = figure;
    }
  }
}
