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
  if (document.querySelector("main .fr-alert--success")) {
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith("saisie:"))
      .forEach((key) => sessionStorage.removeItem(key));
  }
  document.querySelectorAll("form[data-keep]").forEach(function (form) {
    const key = "saisie:" + form.dataset.keep + ":" + location.pathname;
    const kept = sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
    if (kept && !document.querySelector("main .fr-alert--error, main .fr-alert--warning")) {
      Object.entries(JSON.parse(kept)).forEach(function ([name, value]) {
        if (form.elements[name]) form.elements[name].value = value;
      });
      document.getElementById(form.dataset.keepNotice).hidden = false;
    }
    form.addEventListener("submit", function () {
      const values = [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
      sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(values)));
    });
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

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.addEventListener("click", () => window.print());
  });
})();
