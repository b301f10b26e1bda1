// An address that says that it is the standard one is, of its account; the mock server finds it by StandardOf.
"use strict";

const { kept } = require("./kept.js");

const PARTS = {
  ...{ StandardFlag: 1, City: 40, District: 40, PostalCode: 10, POBoxPostalCode: 10, POBox: 10, Street: 60, HouseNo: 10 },
  ...{ Building: 20, Floor: 10, RoomNo: 10, CountryID: 3, Region: 3, TimeZone: 6, TaxJurisdictionCode: 15, LanguageID: 1 },
};

function objection({ AddressInfo: info }) {
  if (info === undefined) return ["AddressInfo", "Enter an address"];
  const unknown = Object.keys(info).find((name) => name !== "__metadata" && !(name in PARTS));
  if (unknown) return [unknown, `Property ${unknown} cannot be set`];
  const long = Object.keys(PARTS).find((name) => (info[name] || "").length > PARTS[name]);
  if (long) return [long, `${long} is too long`];
  if (!info.City) return ["City", "Enter a city"];
  if (info.CountryID === "IT" && !/^\d{5}$/.test(info.PostalCode)) return ["PostalCode", "Postal code must have 5 digits"];
  return undefined;
}

function complete(row) {
  row.AddressInfo = { ...Object.fromEntries(Object.keys(PARTS).map((name) => [name, ""])), ...row.AddressInfo };
  row.StandardOf = row.AddressInfo.StandardFlag === "X" ? row.AccountID : "";
}

module.exports = kept({
  set: "AccountAddresses",
  keys: ["AccountID", "AddressID"],
  number: "AddressID",
  settable: ["AccountID", "AddressInfo"],
  changeable: ["AddressInfo"],
  objection,
  complete,
});
