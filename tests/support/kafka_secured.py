"""Apache Kafka as production has it: TLS, users with passwords (SCRAM), and nothing allowed that no rule allows."""

import datetime as dt
import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local_stack.fetch import cache_folder
from local_stack.kafka import LocalKafka, train
from local_stack.kafka_java import KafkaJava, server_properties
from local_stack.processes import free_ports, run_to_end
from local_stack.warming import warmed

RESOURCES: Final = {"topic": 2, "group": 3}
OPERATIONS: Final = {"Read": 3, "Write": 4, "Describe": 8}
"""Kafka's protocol: org.apache.kafka.common.resource.ResourceType and acl.AclOperation."""
LITERAL, ALLOW = 3, 3
PROPERTIES = """
listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{tls_port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{tls_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
# Whoever comes by the listener without TLS: the test itself.
super.users=User:ANONYMOUS
"""


class SecuredKafka(LocalKafka):
    """One node with a second listener, for ``users`` (names and passwords)."""

    def __init__(self, data: Path, users: Mapping[str, str]) -> None:
        port, self.tls_port = free_ports(2)
        super().__init__(data, port)
        self._users = users
        self.ca_file = self.data / "ca.crt"

    async def _prepare(self, java: KafkaJava) -> None:
        (self._controller_port,) = free_ports(1)
        (self.data / "tmp").mkdir(parents=True)
        keystore, properties = self.data / "broker.pem", self.data / "server.properties"
        certify(self.ca_file, keystore)
        more = PROPERTIES.format(port=self.port, tls_port=self.tls_port, controller_port=self._controller_port, keystore=keystore)
        properties.write_text(server_properties(self.data / "log", self.port, self._controller_port) + more)
        credentials = [f"SCRAM-SHA-512=[name={name},password={password}]" for name, password in self._users.items()]
        options = [word for credential in credentials for word in ("--add-scram", credential)]
        await run_to_end("Kafka's format tool", [*java.format(self.data, properties), *options], self.log)
        warmth = await warmed(java, cache_folder(), train, self._tell)
        self.program.command = java.broker(properties, self.data / "tmp", warmth.options if warmth else ())


async def allow(bootstrap_servers: str, user: str, grants: Iterable[tuple[str, str, str]]) -> None:
    """Let a user do what the grants say: kind of resource, its name, operation."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        for kind, name, operation in grants:
            request = CreateAclsRequest(RESOURCES[kind], name, LITERAL, f"User:{user}", "*", OPERATIONS[operation], ALLOW)
            answer = await admin._send_to_controller(request)
            assert [result[0] for result in answer.creation_responses] == [0], answer
    finally:
        await admin.close()


def certify(ca_file: Path, keystore: Path) -> None:
    """An authority, and a broker's key with its certificate for 127.0.0.1."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("invented authority", ca_key, "invented authority", ca_key, is_authority=True)
    certificate = _certificate("broker", key, "invented authority", ca_key, is_authority=False)
    ca_file.write_bytes(_pem(ca))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    keystore.write_bytes(private + _pem(certificate))


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey, *, is_authority: bool
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
