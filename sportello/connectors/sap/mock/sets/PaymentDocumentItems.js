"use strict";

const { indexed, rows } = require("./indexed.js");

module.exports = indexed(["PaymentDocumentID"], rows("PaymentDocumentItems")).set;
