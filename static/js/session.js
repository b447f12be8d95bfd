// The end of the session, told two minutes before, with a button to go on. Without script, the next
// page is that of sign-in, which says it and comes back.
(function () {
  "use strict";

  const WARNED = 120;
  const dialog = document.getElementById("session");
  if (!dialog) return;
  const form = dialog.querySelector("form");
  const text = dialog.querySelector("[data-texte]");
  const again = dialog.querySelector("[data-connexion]");
  let timer = 0;

  function hour(seconds) {
    const end = new Date(Date.now() + seconds * 1000);
    return end.toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit" });
  }

  function wait(seconds) {
    clearTimeout(timer);
    timer = setTimeout(check, Math.max(seconds, 1) * 1000);
  }

  // Other tabs and saves as one types are seen by the server only: it is asked before anything is said.
  async function ask(method) {
    const answer = await fetch(form.action, {
      method,
      headers: { Accept: "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    });
    if (answer.status === 401) return 0;
    if (!answer.ok) throw new Error(answer.status);
    return (await answer.json()).reste;
  }

  async function check() {
    try {
      said(await ask("GET"));
    } catch {
      wait(15);
    }
  }

  function said(left) {
    if (left <= 0) return ended();
    if (left > WARNED + 1) {
      dialog.close();
      return wait(left - WARNED);
    }
    text.textContent = `Sans activité de votre part, votre session se terminera à ${hour(left)}.`;
    if (!dialog.open) dialog.showModal();
    wait(left);
  }

  function ended() {
    clearTimeout(timer);
    text.textContent = "Votre session est terminée. Ce que vous n’avez pas enregistré reste affiché derrière ce message.";
    form.hidden = true;
    again.hidden = false;
    if (!dialog.open) dialog.showModal();
    again.focus();
  }

  form.addEventListener("submit", async function (event) {
    event.preventDefault();
    try {
      const left = await ask("POST");
      dialog.close();
      if (left > WARNED + 1) return wait(left - WARNED);
      if (left <= 0) return ended();
      // The longest time a session lasts: it cannot be put off.
      wait(left);
    } catch {
      text.textContent = "L’extranet ne répond pas : vérifiez votre connexion, puis recommencez.";
    }
  });
  again.addEventListener("click", () => document.dispatchEvent(new Event("session:quittee")));
  document.addEventListener("session:terminee", ended);
  document.addEventListener("visibilitychange", () => document.hidden || check());
  wait(Number(dialog.dataset.reste) - WARNED);
})();
