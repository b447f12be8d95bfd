// Keys of a spreadsheet in a native table: Enter, arrows, Ctrl+D, Esc. Tab stays as it is, the
// left and right arrows move inside the text. Explained in the legend of the page.

import { COLUMNS } from "./lignes.js";

export function brancherClavier(grille) {
  grille.table.addEventListener("keydown", (event) => {
    const field = event.target.closest("[data-colonne]");
    if (!field || event.isComposing) return;
    const act = action(event);
    if (!act) return;
    event.preventDefault();
    act(grille, field);
  });
}

function action(event) {
  const command = event.ctrlKey || event.metaKey;
  if (command && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "d") return copyFromAbove;
  if (command || event.altKey) return null;
  switch (event.key) {
    case "Enter": return event.shiftKey ? up : enter;
    case "ArrowDown": return event.shiftKey ? null : down;
    case "ArrowUp": return event.shiftKey ? null : up;
    case "Escape": return restore;
    default: return null;
  }
}

function enter(grille, field) {
  if (!move(grille, field, 1)) grille.suite.focus();
}

const down = (grille, field) => move(grille, field, 1);
const up = (grille, field) => move(grille, field, -1);

function move(grille, field, step) {
  const next = grille.lignes[grille.rang(field) + step];
  if (!next) return false;
  const target = next.champs[field.dataset.colonne];
  target.focus();
  target.select();
  return true;
}

function copyFromAbove(grille, field) {
  const above = grille.lignes[grille.rang(field) - 1];
  if (!above) return;
  field.value = above.champs[field.dataset.colonne].value;
  grille.changee(grille.ligneDe(field));
  field.select();
}

function restore(grille, field) {
  const ligne = grille.ligneDe(field);
  field.value = ligne.enregistre[COLUMNS.find((column) => column === field.dataset.colonne)];
  ligne.sansErreur();
  grille.changee(ligne);
  field.select();
}
