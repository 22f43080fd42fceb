from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("studio", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="membership", name="one_membership_a_role"),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(fields=("person", "brand", "role"), name="one_brand_membership_a_role"),
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                condition=models.Q(("brand__isnull", True)),
                fields=("person", "role"),
                name="one_studio_membership_a_role",
            ),
        ),
    ]
