"""stunnel in front of something plain, and an authority of the test's own that vouches for it."""

import contextlib
import datetime
import shutil
import socket
import ssl
import subprocess
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.fakes.platform import find_port

STUNNEL = shutil.which("stunnel4")
DAY = datetime.timedelta(days=1)


class Authority:
    def __init__(self, folder):
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = self._issue("The test's authority", self._key, is_authority=True)
        path = folder / "authority.pem"
        path.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))
        self.context = ssl.create_default_context(cafile=str(path))

    def sign(self, name):
        """A file with key and certificate of that name."""
        key = ec.generate_private_key(ec.SECP256R1())
        path = self._folder / f"{name}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + self._issue(name, key).public_bytes(serialization.Encoding.PEM)
        )
        path.chmod(0o600)
        return path

    def _issue(self, name, key, *, is_authority=False):
        now = datetime.datetime.now(tz=datetime.UTC)  # noqa: TID251 - certificates have real dates
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        issuer = subject if is_authority else self._certificate.subject
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        )
        if not is_authority:
            names = x509.SubjectAlternativeName([x509.DNSName(name)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())


class Tunnel:
    """TLS on `port`, plain bytes to `to_port`."""

    def __init__(self, folder, pem, to_port):
        self.port = find_port()
        self._configuration = folder / "stunnel.conf"
        self._log = folder / "stunnel.log"
        self._configuration.write_text(
            f"foreground = yes\npid =\nsyslog = no\n[rtmps]\n"
            f"accept = 127.0.0.1:{self.port}\nconnect = 127.0.0.1:{to_port}\ncert = {pem}\n"
        )
        self._process = None

    def __enter__(self):
        with self._log.open("wb") as log:
            self._process = subprocess.Popen([STUNNEL, self._configuration], stdout=log, stderr=log)
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            time.sleep(0.02)
        raise AssertionError(self._log.read_text())

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(5)
