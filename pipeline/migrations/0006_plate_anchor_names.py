"""Anchors of plates take the Direction's own names: a finger named alone was its first phalanx."""

from typing import Any

from django.db import migrations

from pipeline.direction import worn_at


def renamed(anchors: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [{**anchor, key: worn_at(anchor[key])} for anchor in anchors]


def rename(apps: Any, schema_editor: Any) -> None:
    for plate in apps.get_model("pipeline", "Plate").objects.iterator():
        reading = dict(plate.reading)
        if "anchors" in reading:
            reading["anchors"] = renamed(reading["anchors"], "name")
        if "doubts" in reading:
            reading["doubts"] = {worn_at(name): why for name, why in reading["doubts"].items()}
        plate.reading, plate.anchors = reading, renamed(plate.anchors, "name")
        plate.save(update_fields=["reading", "anchors"])
    for calibration in apps.get_model("pipeline", "PlateCalibration").objects.iterator():
        calibration.data = renamed(calibration.data, "anchor")
        calibration.save(update_fields=["data"])


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0005_generation_facts")]
    operations = [migrations.RunPython(rename, migrations.RunPython.noop)]
