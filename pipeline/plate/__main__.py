"""`python -m pipeline.plate`: the set-up of plates, which fetches the landmark models once."""

from __future__ import annotations

import sys

from pipeline.errors import PictureError
from pipeline.plate.models import fetch_models

if __name__ == "__main__":
    try:
        print(fetch_models())
    except PictureError as error:
        sys.exit(str(error))
