"""XML that somebody sends, or that we have just written: parsed without entities nor network.

Called by the transfer files and the bank returns (apps.payments).
"""

from __future__ import annotations

from lxml import etree


class XmlRefuse(Exception):
    """Not well-formed, or with a DOCTYPE: nothing of it is read."""


def parse_safely(contents: bytes) -> etree._Element:
    """The root of a document. Raises XmlRefuse rather than expand, fetch or recover anything."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(contents, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlRefuse(str(error)) from error
    # A message of a bank has no DOCTYPE: it could only bring entities.
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlRefuse("DOCTYPE")
    return root


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(etree.QName(element).localname)
