from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("studio", "0002_one_membership_a_role")]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="mailed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
