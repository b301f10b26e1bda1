"use strict";
// A button beside each password that shows what was typed; without script the field is just a password field.
for (const button of document.querySelectorAll("[data-shows]")) {
  const field = document.getElementById(button.dataset.shows);
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  button.hidden = false;
  button.addEventListener("click", () => show(field.type === "password"));
  // Sent as a password, or browsers would offer to keep it among plain texts.
  field.form.addEventListener("submit", () => show(false));
}
