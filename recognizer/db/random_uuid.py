"""The SQL function of random UUIDs."""

from typing import Any

from django.db.models import Func, UUIDField


class RandomUuid(Func):
    """A new random UUID for each row of a statement."""

    function = "gen_random_uuid"
    arity = 0
    output_field = UUIDField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="lower(hex(randomblob(16)))", **context)
