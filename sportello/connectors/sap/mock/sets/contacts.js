// E-mail addresses and telephones, of which SAP has six sets: three of the account, three of its addresses.
"use strict";

const { kept } = require("./kept.js");

const OF_ACCOUNT = ["AccountID", "SequenceNo"];
const OF_ADDRESS = ["AccountID", "AddressID", "SequenceNo"];

// One of an account's is the standard one; a new one that says so takes that from the others.
function standard(row, others) {
  return row.StandardFlag ? others.filter((one) => one.StandardFlag).map((one) => ({ ...one, StandardFlag: false })) : [];
}

function emails(set) {
  const keys = set.includes("Dependent") ? OF_ADDRESS : OF_ACCOUNT;
  const objection = ({ Email }) =>
    Email === undefined || /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(Email) ? undefined : ["Email", "E-mail address is not valid"];
  const settable = [...keys.slice(0, -1), "Email", "StandardFlag"];
  return kept({ set, keys, number: "SequenceNo", settable, changeable: ["Email", "StandardFlag"], objection, others: standard });
}

function phones(set) {
  const keys = set.includes("Dependent") ? OF_ADDRESS : OF_ACCOUNT;
  const values = ["PhoneNo", "Extension", "CountryID", "StandardFlag"];
  const objection = ({ PhoneNo }) =>
    PhoneNo === undefined || /^\+?[\d ]{4,30}$/.test(PhoneNo) ? undefined : ["PhoneNo", "Telephone number is not valid"];
  const complete = (row) => {
    row.CompletePhoneNo = row.CountryID === "IT" ? `+39${row.PhoneNo}${row.Extension}` : row.PhoneNo;
  };
  const settable = [...keys.slice(0, -1), ...values];
  return kept({ set, keys, number: "SequenceNo", settable, changeable: values, objection, complete, others: standard });
}

module.exports = { emails, phones };
