from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [
        ('recognizer', '0019_indexes_for_large_tables'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='is_guest',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=Q(('is_guest', True)), fields=['date_joined'], name='guest_age'),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=Q(('is_guest', True), ('may_teach', True), _negated=True), name='guests_never_teach'),
        ),
    ]
