/* Passkeys: hands the server's questions to the browser and what the passkey answers to the form. Needs nothing else. */
"use strict";

(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const named = (credentials) => (credentials || []).map((credential) => ({ ...credential, id: bytes(credential.id) }));

  const ceremonies = {
    create: (asked) =>
      navigator.credentials.create({
        publicKey: {
          ...asked,
          challenge: bytes(asked.challenge),
          user: { ...asked.user, id: bytes(asked.user.id) },
          excludeCredentials: named(asked.excludeCredentials),
        },
      }),
    get: (asked) =>
      navigator.credentials.get({
        publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials) },
      }),
  };

  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

  const written = (credential) => {
    const response = {};
    for (const part of parts) {
      if (credential.response[part]) response[part] = text(credential.response[part]);
    }
    return JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      authenticatorAttachment: credential.authenticatorAttachment,
      clientExtensionResults: credential.getClientExtensionResults(),
      response,
    });
  };

  const options = async (form) => {
    const block = form.querySelector("script[type='application/json']");
    if (block) return JSON.parse(block.textContent);
    const answer = await fetch(form.dataset.options, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    return (await answer.json()).request_options;
  };

  const go = async (form) => {
    const problem = form.querySelector("[data-problem]");
    problem.textContent = "";
    try {
      const asked = (await options(form)).publicKey;
      form.elements.credential.value = written(await ceremonies[form.dataset.passkey](asked));
    } catch {
      problem.textContent = problem.dataset.problem;
      return;
    }
    form.submit();
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    for (const part of form.querySelectorAll("[data-with-script]")) part.hidden = false;
    for (const part of form.querySelectorAll("[data-without-script]")) part.hidden = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      go(form);
    });
  }
})();
