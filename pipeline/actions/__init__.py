"""Every write of the pipeline that people ask for: generations, and the plates that they are made on."""

from pipeline.actions.generations import request_cancel, retry_generation, start_generation
from pipeline.actions.plates import (
    add_plate,
    archive_plate,
    calibrate_plate,
    read_plate_file,
    reap_plates,
    uncalibrate_plate,
)

__all__ = [
    "add_plate",
    "archive_plate",
    "calibrate_plate",
    "read_plate_file",
    "reap_plates",
    "request_cancel",
    "retry_generation",
    "start_generation",
    "uncalibrate_plate",
]
