"""plan.py -- the demo's network on the loopback: addresses, names and configuration.

      Mediation Server 127.0.0.3 -- TLS, SRTP --> 127.0.0.1 core | SBC | edge 127.0.0.2
                                       ITSP gateway 127.0.0.4 <-- UDP, RTP --'
"""
from ports import free_tcp_port, free_udp_port, free_udp_range

CORE, EDGE = "127.0.0.1", "127.0.0.2"
MEDIATION, GATEWAY = "127.0.0.3", "127.0.0.4"
MEDIATION_NAME = "mediation.example.com"
MEDIATION_USER, GATEWAY_USER = "+4930100", "+4930200"
MEDIATION_HZ, GATEWAY_HZ = 440, 880

# baresip's own TLS connections come from 127.0.0.1, hence the second source address.
CONFIG = """\
set system name demo
set realm core address {core} media-ports {core_media}
set realm core listener lync transport tls port {core_port} tls-profile core
set realm edge address {edge} media-ports {edge_media}
set realm edge listener itsp transport udp port {edge_port}
set tls-profile core certificate {certificate} key {key} trust {trust}
set tls-profile core names {mediation_name}
set trunk lync realm core profile lync-2013
set trunk lync source {mediation},{core}
set trunk lync srtp required srtp-offer savp
set trunk lync options-interval 5
set trunk lync target ms1 address {mediation} port {mediation_port} transport tls
set trunk itsp realm edge profile generic-itsp
set trunk itsp options-interval 5
set trunk itsp target gw1 address {gateway} port {gateway_port} transport udp
set route 10 from lync to itsp
set route 20 from itsp to lync
"""


class Plan:
    """Free ports for the SBC, and its configuration once the endpoints have theirs."""

    def __init__(self, media_ports=400):
        self.core_port = free_tcp_port(CORE)
        self.edge_port = free_udp_port(EDGE)
        self.core_media = free_udp_range(CORE, media_ports)
        self.edge_media = free_udp_range(EDGE, media_ports)

    def config(self, authority, mediation_port, gateway_port):
        return CONFIG.format(
            core=CORE, edge=EDGE, mediation=MEDIATION, gateway=GATEWAY,
            core_port=self.core_port, edge_port=self.edge_port,
            core_media="%d-%d" % self.core_media, edge_media="%d-%d" % self.edge_media,
            certificate=authority.certificate("sbc"), key=authority.key("sbc"),
            trust=authority.trust, mediation_name=MEDIATION_NAME,
            mediation_port=mediation_port, gateway_port=gateway_port)

    def to_gateway(self):
        """What the Mediation Server dials."""
        return f"sip:{GATEWAY_USER}@{CORE}:{self.core_port}"

    def to_mediation(self):
        return f"sip:{MEDIATION_USER}@{EDGE}:{self.edge_port}"
