"""A superuser has the admin role, and nothing else makes one: both flags follow the role."""

from django.db import migrations


def grant_admin_role(apps, schema_editor):
    user_model = apps.get_model("recognizer", "User")
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name="admin")
    for user in user_model.objects.filter(is_superuser=True):
        user.groups.add(group)
    user_model.objects.filter(groups=group).update(is_superuser=True, is_staff=True)


class Migration(migrations.Migration):
    dependencies = [("recognizer", "0011_site_identity")]
    operations = [migrations.RunPython(grant_admin_role, migrations.RunPython.noop)]
