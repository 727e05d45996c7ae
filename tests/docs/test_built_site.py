"""The check of the built documentation sees each fault that it is there to see."""

from pathlib import Path

import pytest

from tests.docs.built_site import faults

GOOD = '<h1 id="top">Top</h1><a href="other.html#there">there</a><a href="https://example.com/">away</a><img src="picture.svg" alt="A picture">'


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(GOOD)
    (tmp_path / "other.html").write_text('<p id="there">There</p><a href="index.html">back</a>')
    (tmp_path / "picture.svg").write_text("<svg/>")
    (tmp_path / "style.css").write_text('a { background: url("picture.svg") }')
    return tmp_path


def test_a_good_site_has_no_faults(site: Path) -> None:
    assert faults(site) == []


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        ('<a href="gone.html">gone</a>', "index.html: nothing is at gone.html"),
        ('<a href="other.html#gone">gone</a>', "index.html: no anchor is at other.html#gone"),
        ('<a href="#gone">gone</a>', "index.html: no anchor is at #gone"),
        ('<img src="gone.svg" alt="gone">', "index.html: nothing is at gone.svg"),
        ('<img src="picture.svg">', "index.html: the picture picture.svg has no text"),
        ('<script src="https://example.com/a.js"></script>', "index.html: loads https://example.com/a.js"),
        ('<link rel="stylesheet" href="//example.com/a.css">', "index.html: loads //example.com/a.css"),
    ],
)
def test_a_fault_is_named(site: Path, added: str, fault: str) -> None:
    (site / "index.html").write_text(GOOD + added)
    assert faults(site) == [fault]


@pytest.mark.parametrize(
    "rule", ['@import "https://example.com/a.css";', "a { src: url(//example.com/a.woff2) }"]
)
def test_style_from_another_host_is_a_fault(site: Path, rule: str) -> None:
    (site / "style.css").write_text(rule)
    assert [fault.split(": ")[0] for fault in faults(site)] == ["style.css"]
