"""SAP for Utilities through its OData V2 service: read one customer when a page of his is opened."""
