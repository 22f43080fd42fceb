"""The stage: body, pose, camera, light rig, sets and their path-traced render.

Dr.Jit looks for its compiler once, when it is first imported, and would take whatever libLLVM the system has; some end
the process on our kernels. So the wheel's is named here, before any module of the stage can import it.
"""

import os
import sys
from pathlib import Path

_libraries = sorted((Path(sys.prefix) / "lib").glob("libLLVM.so.*"))
if _libraries:
    os.environ.setdefault("DRJIT_LIBLLVM_PATH", str(_libraries[-1]))
