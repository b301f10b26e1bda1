// What a contract account names has to be there, and its account's own.
"use strict";

const { kept } = require("./kept.js");

const METHODS = ["", "D", "B", "P", "T"];

async function objection(sent, { AccountID }, holds) {
  if (!METHODS.includes(sent.IncomingPaymentMethodID || ""))
    return ["IncomingPaymentMethodID", `Payment method ${sent.IncomingPaymentMethodID} is not defined`];
  const bank = sent.IncomingPaymentBankAccountID;
  if (bank && !(await holds("BankAccounts", { AccountID, BankAccountID: bank })))
    return ["IncomingPaymentBankAccountID", `Bank details ${bank} do not exist`];
  for (const name of ["AccountAddressID", "BillToAccountAddressID"])
    if (sent[name] && !(await holds("AccountAddresses", { AccountID, AddressID: sent[name] })))
      return [name, `Address ${sent[name]} does not exist`];
  return undefined;
}

module.exports = kept({
  set: "ContractAccounts",
  keys: ["ContractAccountID"],
  number: "ContractAccountID",
  changeable: ["IncomingPaymentMethodID", "IncomingPaymentBankAccountID", "AccountAddressID", "BillToAccountAddressID"],
  objection,
});
