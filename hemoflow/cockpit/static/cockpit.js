// Comfort only; every page works without it. Choosing a day or a filter shows it at once, and a sent form waits.
document.querySelectorAll(".pick select, .filters select").forEach((choice) =>
  choice.addEventListener("change", () => choice.form.submit()));
document.querySelectorAll("form[method=post]").forEach((form) =>
  form.addEventListener("submit", () => {
    form.setAttribute("aria-busy", "true");
    const button = form.querySelector("button:not([name])");
    if (button) { button.disabled = true; button.textContent = "Working …"; }
  }));
