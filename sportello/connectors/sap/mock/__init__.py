"""A stand-in for SAP: its own mock server, fed with the records of any company; for the demo and for tests."""
