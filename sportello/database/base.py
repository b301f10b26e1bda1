"""The backend that ``ENGINE`` names where ``DATABASE_POOL`` is set: Django's, but for where pooled connections come from."""

from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base

from sportello.database.pool import Connection, Pool


class DatabaseWrapper(base.DatabaseWrapper):
    _connection_pools: dict[str, Any] = {}

    @property
    def pool(self) -> Any:
        """This process's pool, of ``OPTIONS["pool"]``: ``size`` connections, ``patience`` in seconds."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if not options or self.alias == NO_DB_ALIAS:
            return None
        if self.alias not in self._connection_pools:
            # Of threads that make one at the same moment, the first one's is taken.
            self._connection_pools.setdefault(self.alias, Pool(self._connect, **options))
        return self._connection_pools[self.alias]

    def _connect(self) -> Connection:
        parameters = self.get_connection_params() | {"autocommit": True}
        connection: Connection = self.Database.connect(**parameters)
        private: Any = self  # no stub knows this method, which Django gives its own pool to call
        private._configure_connection(connection)
        return connection
