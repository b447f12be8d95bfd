// The exit typed on the row: the link opens a panel under it; hours and exit are saved together.

import { paragraph } from "./lignes.js";

export function brancherSorties(grille, modele) {
  grille.table.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-sortie]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const ligne = grille.ligneDe(link);
    const open = document.getElementById(`sortie-${ligne.id}`);
    if (open) open.querySelector("input").focus();
    else ouvrir(grille, ligne, link, modele);
  });
}

function ouvrir(grille, ligne, link, modele) {
  const panel = modele.content.firstElementChild.cloneNode(true);
  panel.id = `sortie-${ligne.id}`;
  panel.querySelector("[data-qui]").textContent = `Sortie de ${ligne.nom}`;
  panel.querySelectorAll("[data-nom]").forEach((element) => {
    const id = `${element.dataset.nom}-${ligne.id}`;
    if (element.tagName === "LABEL") element.htmlFor = id;
    else element.id = id;
  });
  const [date] = panel.querySelectorAll("input"), [motif] = panel.querySelectorAll("select");
  date.value = link.dataset.date || "";
  motif.value = link.dataset.motif || "";
  const close = () => {
    panel.remove();
    link.focus();
  };
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && event.target !== motif && event.target.tagName !== "BUTTON") {
      event.preventDefault();
      panel.querySelector("[data-enregistrer]").click();
    }
  });
  panel.querySelector("[data-fermer]").addEventListener("click", close);
  panel.querySelector("[data-enregistrer]").addEventListener("click", async () => {
    const answer = await grille.envoi.envoyer(ligne, { date_sortie: date.value, motif_sortie: motif.value });
    if (answer.ok) {
      link.dataset.date = date.value;
      link.dataset.motif = motif.value;
      close();
    } else if (answer.erreurs) {
      const said = Object.values(answer.erreurs).flat();
      panel.querySelector("[data-erreurs]").replaceChildren(
        ...said.map((message) => paragraph(message, "fr-message fr-message--error")),
      );
    }
  });
  ligne.tr.after(panel);
  date.focus();
}
