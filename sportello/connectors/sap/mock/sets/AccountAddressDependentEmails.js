"use strict";

module.exports = require("./contacts.js").emails("AccountAddressDependentEmails");
