"""The fair of this folder: its data, its secrets, its environment."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from chophien.config.postgres import Cluster, choose_home

SECRET_NAMES = ("CHOPHIEN_SECRET_KEY", "CHOPHIEN_BANK_WEBHOOK_SECRET")
_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFair:
    """A fair that keeps everything in one folder and listens on this machine only."""

    folder: Path
    port: int

    @property
    def cluster(self) -> Cluster:
        return Cluster(home=choose_home(self.folder / "postgres"))

    @property
    def hls_root(self) -> Path:
        return self.folder / "hls"

    @property
    def recordings_root(self) -> Path:
        return self.folder / "recordings"

    @property
    def static_root(self) -> Path:
        return self.folder / "static"

    @property
    def hub_port(self) -> int:
        return self.port + 1

    @property
    def media_port(self) -> int:
        return self.port + 2

    @property
    def rtmp_port(self) -> int:
        return self.port + 3

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


def find_fair(*, port: int = 8000) -> LocalFair:
    """The fair in `$CHOPHIEN_HOME`, else in `var/demo` below the working folder."""
    folder = Path(os.environ.get("CHOPHIEN_HOME", "var/demo")).resolve()
    return LocalFair(folder=folder, port=port)


def build_environment(fair: LocalFair) -> dict[str, str]:
    """The variables that every process of the fair is started with; secrets made once, kept 0600.

    What the caller's environment sets already stays as it is.
    """
    values = {
        "CHOPHIEN_DEMO": "1",
        "CHOPHIEN_REHEARSAL": "1",
        "CHOPHIEN_DATABASE_URL": fair.cluster.url,
        "CHOPHIEN_HLS_ROOT": str(fair.hls_root),
        "CHOPHIEN_RECORDINGS_ROOT": str(fair.recordings_root),
        "CHOPHIEN_STATIC_ROOT": str(fair.static_root),
        "CHOPHIEN_STATIC_VERSION": hash_static(),
        "CHOPHIEN_PUBLIC_URL": fair.url,
        "CHOPHIEN_HUB_URL": f":{fair.hub_port}",
        "CHOPHIEN_MEDIA_URL": f":{fair.media_port}",
        "CHOPHIEN_RTMP_PORT": str(fair.rtmp_port),
        "DJANGO_SETTINGS_MODULE": "chophien.config.settings",
        **_load_secrets(fair.folder / "secrets"),
    }
    return values | {name: os.environ[name] for name in values if name in os.environ}


def hash_static() -> str:
    """Twelve letters that change when any file under `static` does."""
    digest = hashlib.sha256()
    root = _PACKAGE / "web" / "static"
    for path in sorted(root.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _load_secrets(path: Path) -> dict[str, str]:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={secrets.token_urlsafe(40)}\n" for name in SECRET_NAMES]
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(lines)
    pairs = [line.split("=", 1) for line in path.read_text().splitlines() if line]
    return {pair[0]: pair[1] for pair in pairs}
