"""The real browser that the tests drive: the npm package's Chromium, unpacked once, with the libraries it brings along."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

from studio.node import node_command

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium" / "bin"
ARGUMENTS = [
    "--no-sandbox",
    "--headless=new",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
]


def chromium(folder: Path) -> tuple[Path, dict[str, str]]:
    """The executable and the environment to start it with; unpacked into `folder` on first use.

    Raises FileNotFoundError where the npm packages are missing (`make setup` brings them).
    """
    if not PACKAGE.exists():
        raise FileNotFoundError("The browser's package is missing: run `make setup`.")
    folder.mkdir(parents=True, exist_ok=True)
    executable = folder / "chromium"
    if not executable.exists():
        for name in ("chromium", "swiftshader.tar", "al2023.tar", "fonts.tar"):
            _inflate(PACKAGE / f"{name}.br", folder / f"{name}.part")
            if name.endswith(".tar"):
                with tarfile.open(folder / f"{name}.part") as archive:
                    if hasattr(tarfile, "data_filter"):  # since Python 3.11.4; the package is pinned by its hash
                        archive.extraction_filter = tarfile.data_filter
                    archive.extractall(folder / name.removesuffix(".tar") if name != "swiftshader.tar" else folder)
                (folder / f"{name}.part").unlink()
        (folder / "chromium.part").chmod(0o755)
        (folder / "chromium.part").rename(executable)
    libraries = [str(p) for p in [folder / "al2023" / "lib", folder] if p.exists()]
    return executable, {
        "LD_LIBRARY_PATH": ":".join(libraries),
        "HOME": str(folder),
        "FONTCONFIG_PATH": str(folder / "fonts" / "fonts"),
    }


def _inflate(source: Path, target: Path) -> None:
    script = (
        "const {createReadStream,createWriteStream}=require('fs');const z=require('zlib');"
        "require('stream').pipeline(createReadStream(process.argv[1]),z.createBrotliDecompress(),createWriteStream(process.argv[2]),"
        "e=>{if(e){console.error(e.message);process.exit(1)}})"
    )
    subprocess.run([*node_command(), "-e", script, str(source), str(target)], check=True)
