from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('recognizer', '0020_guests'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='seen_promotion',
            field=models.BigIntegerField(default=0, editable=False),
        ),
    ]
