"""The two groups that the site's roles are."""

from typing import Any

from django.db import migrations


def make_groups(apps: Any, schema_editor: Any) -> None:
    for name in ("reviewer", "admin"):
        apps.get_model("auth", "Group").objects.get_or_create(name=name)


class Migration(migrations.Migration):
    dependencies = [("recognizer", "0001_first"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop)]
