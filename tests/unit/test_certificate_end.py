"""When a certificate ends, as OpenSSL says it too."""

import ssl
import subprocess
from pathlib import Path

import pytest

from leadline.http.certificate_end import end_of

LOCALHOST = Path(__file__).parent.parent / "edge" / "localhost.pem"


@pytest.mark.parametrize("days", [1, 3650, 15000])
def test_the_end_is_that_of_openssl(days: int, tmp_path: Path) -> None:
    """Before 2050 and after it, which is written in another form; a chain ends with its first certificate."""
    cert = tmp_path / "cert.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout /dev/null"
    command = [*make.split(), "-days", str(days), "-out", cert]
    subprocess.run(command, check=True, capture_output=True)
    tell = ["openssl", "x509", "-enddate", "-noout", "-in", cert]
    told = subprocess.run(tell, check=True, capture_output=True, text=True).stdout
    end = ssl.cert_time_to_seconds(told.strip().removeprefix("notAfter="))
    assert end_of(cert.read_text()) == end
    assert end_of(f"Bag Attributes\n{cert.read_text()}{LOCALHOST.read_text()}") == end


def test_what_is_no_certificate() -> None:
    """However it is cut, it is a ValueError and nothing else."""
    with pytest.raises(ValueError, match="there is no certificate"):
        end_of("no certificate")
    der = ssl.PEM_cert_to_DER_cert(LOCALHOST.read_text())
    for size in range(len(der)):
        with pytest.raises(ValueError, match="the certificate is cut off"):
            end_of(ssl.DER_cert_to_PEM_cert(der[:size]))
