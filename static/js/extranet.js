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

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.addEventListener("click", () => window.print());
  });
})();
