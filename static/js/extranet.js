// Small enhancements: every page works without them.
(function () {
  "use strict";

  // The error summary takes the focus, so that it is read first.
  const summary = document.querySelector("[data-focus-on-load]");
  if (summary) {
    summary.focus();
    summary.addEventListener("click", function (event) {
      const link = event.target.closest("a[href^='#']");
      const target = link && document.getElementById(link.hash.slice(1));
      if (!target) return;
      event.preventDefault();
      target.focus();
      target.scrollIntoView({ block: "center" });
    });
  }

  // A form is sent once, even on a double click.
  document.querySelectorAll("form[data-once]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "true";
    });
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-once]").forEach((form) => delete form.dataset.sent);
  });

  // What was typed and sent after the session had ended comes back once signed in again. Kept in
  // this tab only, for the same person, until the page says that it was saved. The hidden fields
  // come back too: a row that somebody else changed meanwhile is still seen as a conflict.
  const said = (kind) => document.querySelector(`main > [role=status] > .fr-alert--${kind}`);
  if (said("success")) {
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith("saisie:") && location.pathname.startsWith(key.split(":")[2]))
      .forEach((key) => sessionStorage.removeItem(key));
  }
  document.querySelectorAll("form[data-keep]").forEach(function (form) {
    const key = "saisie:" + form.dataset.keep + ":" + location.pathname;
    const kept = sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
    if (kept && !said("error") && !said("warning") && !document.getElementById("erreurs")) {
      Object.entries(JSON.parse(kept)).forEach(function ([name, value]) {
        if (form.elements[name]) form.elements[name].value = value;
      });
      document.getElementById(form.dataset.keepNotice).hidden = false;
    }
    const keep = function () {
      const values = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
      sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(values)));
    };
    form.addEventListener("submit", keep);
    document.addEventListener("session:quittee", keep);
  });
  document.querySelectorAll("form[action$='/deconnexion/']").forEach(function (form) {
    form.addEventListener("submit", () => sessionStorage.clear());
  });

  // The address of a filtered list says what was chosen, and nothing else.
  document.body.addEventListener("htmx:configRequest", function (event) {
    const form = event.detail.elt.closest("form[data-reglages]");
    if (!form) return;
    const sent = event.detail.formData;
    const ticked = form.querySelectorAll("[name=colonnes]:checked");
    const all = ticked.length === form.querySelectorAll("[name=colonnes]").length;
    sent.delete("colonnes");
    if (!all && ticked.length) sent.set("colonnes", Array.from(ticked, (box) => box.value).join());
    const unsized = form.elements.per_page.selectedIndex === 0;
    [...sent].forEach(function ([name, value]) {
      if (value === "" || (unsized && name === "per_page")) sent.delete(name);
    });
  });

  // A part of a page read after the session has ended: the sign-in takes the whole page, unless
  // something is being typed there, which the next save keeps and says. An act is said refused.
  document.body.addEventListener("htmx:responseError", function (event) {
    if (event.detail.xhr.status !== 401) return;
    if (event.detail.requestConfig.verb !== "get") document.dispatchEvent(new Event("session:terminee"));
    else if (!document.querySelector("form[data-keep], #grille")) location.reload();
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  });

  // Paper shows what the screen folds, except the help and the settings of a list.
  const folded = "main details:not([open], .ex-aide, .ex-filtres)";
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll(folded).forEach(function (details) {
      details.open = true;
      details.dataset.folded = "";
    });
  });
  window.addEventListener("afterprint", function () {
    document.querySelectorAll("details[data-folded]").forEach(function (details) {
      details.open = false;
      delete details.dataset.folded;
    });
  });
})();
