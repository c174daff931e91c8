"""Encrypt the secrets of authenticator apps and the seeds of recovery codes."""

from django.db import migrations

from recognizer.accounts.secret_encryption import encrypt_text


def encrypt_secrets(apps, schema_editor):
    for authenticator in apps.get_model("mfa", "Authenticator").objects.exclude(type="webauthn"):
        for name in ("secret", "seed"):
            if name in authenticator.data:
                authenticator.data[name] = encrypt_text(authenticator.data[name])
        authenticator.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [
        ("recognizer", "0014_username_key"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]
    operations = [migrations.RunPython(encrypt_secrets, migrations.RunPython.noop)]
