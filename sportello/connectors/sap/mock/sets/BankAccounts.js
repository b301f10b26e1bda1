"use strict";

const { kept } = require("./kept.js");

// The remainder that ISO 13616 wants of an IBAN, whose letters count from ten.
function remainder(iban) {
  const digits = [...(iban.slice(4) + iban.slice(0, 4))].map((each) => parseInt(each, 36)).join("");
  return BigInt(digits) % 97n;
}

function objection({ IBAN, CountryID, AccountHolder, BankAccountName }) {
  if (IBAN !== undefined && (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(IBAN) || remainder(IBAN) !== 1n))
    return ["IBAN", `IBAN is not valid`];
  if (IBAN !== undefined && !IBAN.startsWith(CountryID)) return ["CountryID", "IBAN is of another country"];
  if ((AccountHolder || "").length > 60) return ["AccountHolder", "Account holder is too long"];
  return (BankAccountName || "").length > 40 ? ["BankAccountName", "Name is too long"] : undefined;
}

module.exports = kept({
  set: "BankAccounts",
  keys: ["AccountID", "BankAccountID"],
  number: "BankAccountID",
  settable: ["AccountID", "IBAN", "CountryID", "AccountHolder", "BankAccountName"],
  changeable: ["BankAccountName"],
  objection,
});
