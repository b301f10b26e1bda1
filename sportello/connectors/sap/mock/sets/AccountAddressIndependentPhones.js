"use strict";

module.exports = require("./contacts.js").phones("AccountAddressIndependentPhones");
