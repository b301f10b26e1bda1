"""PostgreSQL as the web processes use it: Django's own backend, with a pool that is back the moment the server is."""
