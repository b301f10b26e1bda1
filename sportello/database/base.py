"""The backend that ``ENGINE`` names where ``DATABASE_POOL`` is set: Django's, but for where pooled connections come from."""

from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.signals import connection_created

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

    def connect(self) -> None:
        """Django's, but that a connection which the pool has kept is not set up once more at each request."""
        if self.pool is None:
            super().connect()
            return
        self.in_atomic_block = self.closed_in_transaction = self.needs_rollback = self.errors_occurred = False
        self.savepoint_ids, self.atomic_blocks, self.run_on_commit = [], [], []
        self.health_check_enabled, self.health_check_done = False, True
        self.close_at = 0.0  # it goes back at the end of the request
        connection: Any = self.get_new_connection({})
        self.connection = connection
        if not connection.autocommit:
            connection.autocommit = True
        self.autocommit = True
        if not getattr(connection, "set_up", False):
            self.init_connection_state()
            connection_created.send(sender=type(self), connection=self)
            connection.set_up = True

    def _connect(self) -> Connection:
        parameters = self.get_connection_params() | {"autocommit": True}
        connection: Connection = self.Database.connect(**parameters)
        private: Any = self  # no stub knows this method, which Django gives its own pool to call
        private._configure_connection(connection)
        return connection
