"""Migration operations on indexes that do not block writes on PostgreSQL.

A migration with one of them sets `atomic = False`.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations


class AddIndex(migrations.AddIndex):
    """Create an index; on PostgreSQL concurrently with writes."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        # An interrupted run leaves an invalid index of this name.
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {self.index.name}")
        schema_editor.add_index(model, self.index, concurrently=True)


class RemoveIndex(migrations.RemoveIndex):
    """Delete an index; on PostgreSQL concurrently with writes."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {self.name}")


class RemoveForeignKeyIndex(migrations.AlterField):
    """Set `db_index=False` on a foreign key whose column begins another index.

    Django's own operation creates the constraint of the foreign key again, which reads the whole
    table while writes wait.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        concurrently = "CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""
        for name in self._list_indexes(schema_editor, model):
            schema_editor.execute(f'DROP INDEX {concurrently} "{name}"')

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        fields = [model._meta.get_field(self.name)]
        schema_editor.execute(schema_editor._create_index_sql(model, fields=fields))

    def _list_indexes(self, schema_editor: Any, model: Any) -> list[str]:
        column = model._meta.get_field(self.name).column
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            constraints = connection.introspection.get_constraints(cursor, model._meta.db_table)
        return [
            name
            for name, found in constraints.items()
            if found["index"] and not found["unique"] and found["columns"] == [column]
        ]
