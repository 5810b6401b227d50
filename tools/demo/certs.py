"""certs.py -- certificates made on the spot: an authority and what it signs.

Only openssl(1) is needed.  One Authority is one directory; each certificate is a
pair NAME.pem and NAME.key there, and NAME-both.pem for programs that want one file.
"""
import os
import subprocess


class Authority:
    def __init__(self, directory, name="Demo CA"):
        self.directory = directory
        os.makedirs(directory, mode=0o700, exist_ok=True)
        self.trust = self.path("ca.pem")
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                      "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                      "-subj", f"/CN={name}",
                      "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                      "-keyout", self.path("ca.key"), "-out", self.trust)

    def path(self, name):
        return os.path.join(self.directory, name)

    def issue(self, name, names, usage="serverAuth,clientAuth", days=30):
        """names: "DNS:a.example.com,IP:127.0.0.1"; negative days: already expired."""
        request, extensions = self.path(name + ".csr"), self.path(name + ".ext")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-subj", f"/CN={name}",
                      "-keyout", self.key(name), "-out", request)
        with open(extensions, "w", encoding="ascii") as file:
            file.write(f"subjectAltName={names}\nextendedKeyUsage={usage}\n"
                       "basicConstraints=CA:FALSE\n")
        self._openssl("x509", "-req", "-in", request, "-CA", self.trust,
                      "-CAkey", self.path("ca.key"), "-CAcreateserial",
                      "-days", str(days), "-extfile", extensions,
                      "-out", self.certificate(name))
        with open(self.both(name), "w", encoding="ascii") as file:
            for part in (self.certificate(name), self.key(name)):
                with open(part, encoding="ascii") as source:
                    file.write(source.read())
        os.chmod(self.both(name), 0o600)

    def certificate(self, name):
        return self.path(name + ".pem")

    def key(self, name):
        return self.path(name + ".key")

    def both(self, name):
        return self.path(name + "-both.pem")

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")
