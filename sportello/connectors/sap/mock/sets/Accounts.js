"use strict";

const { kept } = require("./kept.js");

const changeable = ["FirstName", "LastName", "Name1", "Name2", "GroupName1", "GroupName2"];

function objection(sent) {
  const long = Object.keys(sent).find((name) => sent[name].length > 40);
  if (long) return [long, "Name is too long"];
  return sent.LastName === "" || sent.Name1 === "" ? ["LastName" in sent ? "LastName" : "Name1", "Enter a name"] : undefined;
}

module.exports = kept({ set: "Accounts", keys: ["AccountID"], number: "AccountID", changeable, objection });
