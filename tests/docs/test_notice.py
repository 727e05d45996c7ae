"""NOTICE names what runs, as it is pinned, with a licence for each."""

import re
from email.message import Message

from requirements.notice import licence, notice

from tests.docs.demo import ROOT

PINNED = (ROOT / "requirements" / "runtime.txt").read_text("utf-8")
NOTICE = (ROOT / "NOTICE").read_text("utf-8")


def test_each_requirement_stands_in_it() -> None:
    """In its pinned version; a requirement that came or went needs `make notice`."""
    pins = re.findall(r"^([\w.-]+)==([^\s;\\]+)", PINNED, re.MULTILINE)
    listed = re.findall(r"^(\S+) (\d\S*)\n  \S.*\n  https://\S+$", NOTICE, re.MULTILINE)
    assert len(pins) > 20
    assert [(name.lower().replace("_", "-"), version) for name, version in listed] == pins


def test_it_is_what_make_notice_writes() -> None:
    assert notice(PINNED) == NOTICE


def package(**fields: str) -> Message:
    message = Message()
    for name, value in fields.items():
        message[name.replace("_", "-")] = value
    return message


def test_a_licence_is_found_where_packages_put_it() -> None:
    assert licence(package(License_Expression="MIT", License="x")) == "MIT"
    assert licence(package(License="BSD", Classifier="License :: OSI Approved :: BSD License")) == "BSD"
    long = package(License="Copyright " * 10, Classifier="License :: OSI Approved :: MIT License")
    assert licence(long) == "MIT License"
