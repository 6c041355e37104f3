"""Which addresses may be read: every spelling that means another host than it seems to is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.errors import UsageError
from avops.kb.hosts import Address, Rejected, allowed_hosts, judge_link, judge_url

ALLOW = allowed_hosts(["support.zoom.com", "*.logitech.com, bücher.example"])
LOCAL = allowed_hosts(["127.0.0.1:8080", "localhost"])


def reason(url: str, allow=ALLOW, denied=()) -> str:
    judged = judge_url(url, allow, denied)
    assert isinstance(judged, Rejected), judged
    return judged.reason


def url(text: str, allow=ALLOW) -> str:
    judged = judge_url(text, allow)
    assert isinstance(judged, Address), judged
    return judged.url


@pytest.mark.parametrize(
    ("given_url", "meant"),
    [
        ("https://support.zoom.com/a b".replace(" ", "%20"), "https://support.zoom.com/a%20b"),
        ("HTTPS://Support.ZOOM.com.", "https://support.zoom.com/"),
        ("https://a.b.logitech.com:443/x?y=1#part", "https://a.b.logitech.com/x?y=1"),
        ("https://logitech.com/é", "https://logitech.com/%C3%A9"),
        ("https://BÜCHER.example/", "https://xn--bcher-kva.example/"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_an_allowed_host_is_read_however_it_is_spelled(given_url, meant):
    assert url(given_url) == meant


@pytest.mark.parametrize(
    "trick",
    [
        "https://support.zoom.com@evil.example/",
        "https://support.zoom.com:pw@support.zoom.com/",
        "https://evil.example/support.zoom.com",
        "https://support.zoom.com.evil.example/",
        "https://evilsupport.zoom.com/",
        "https://evil.example\\@support.zoom.com/",
        "https://support.zoom.com\\.evil.example/",
        "https://support.zoom.com\t.evil.example/",
        "https://support.zoom.com\n/",
        "https://zoom.com/",
        "https://support.zoom.com:8443/",
        "https://support.zoom.com:notaport/",
        "http://support.zoom.com/",
        "ftp://support.zoom.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//support.zoom.com/",
        "https:///path",
        "https://[::1]/",
        "https://2130706433/",
        "https://%73upport.zoom.com/",
        "https://support。evil.example/",
        "https://" + "a" * 3000 + ".logitech.com/",
        "https://..logitech.com/",
        "https://[support.zoom.com/",
    ],
)
def test_a_trick_is_refused(trick):
    assert reason(trick)


def test_a_homograph_is_another_host():
    assert "not among the allowed" in reason("https://suppоrt.zoom.com/")


def test_policy_is_stronger_than_what_is_allowed():
    assert reason("https://eu.support.zoom.com/", denied=("zoom.com",)) == "'eu.support.zoom.com' is denied by policy.denied_domains"
    assert reason("https://eu.support.zoom.com/", denied=("*.ZOOM.com",))


def test_this_machine_may_speak_plain_http_where_a_person_said_so():
    assert url("http://127.0.0.1:8080/x", LOCAL) == "http://127.0.0.1:8080/x"
    assert url("http://localhost:99/x", LOCAL) == "http://localhost:99/x"
    assert reason("http://127.0.0.1:8081/x", LOCAL) == "port 8081 of '127.0.0.1' is not among the allowed domains"
    assert "not among the allowed" in reason("http://127.0.0.1:8080/x")


def test_a_redirect_is_judged_like_any_address_and_never_leaves_https():
    base = judge_url("https://support.zoom.com/a/b", ALLOW)
    assert isinstance(base, Address)
    there = judge_link(base, "../c?d", ALLOW)
    assert isinstance(there, Address)
    assert there.url == "https://support.zoom.com/c?d"
    for link in ("http://support.zoom.com/", "https://evil.example/", "//evil.example/x", "https://[", "data:text/html,x"):
        assert isinstance(judge_link(base, link, ALLOW), Rejected), link
    assert isinstance(judge_link(base, "http://localhost/", allowed_hosts(["support.zoom.com", "localhost"])), Rejected)


@pytest.mark.parametrize("entry", ["com", "https://zoom.com/", "zoom.com/x", "a@zoom.com", "zoom.com:x", "..", "a b.com", "*", "ex_!.com"])
def test_what_is_no_domain_cannot_be_allowed(entry):
    with pytest.raises(UsageError):
        allowed_hosts([entry])


@given(
    st.text(max_size=60), st.sampled_from(["", "https://", "https://support.zoom.com", "https://x@", "http://[", "https://.logitech.com"])
)
def test_whatever_is_accepted_leads_to_an_allowed_host(text, start):
    judged = judge_url(start + text, ALLOW)
    if isinstance(judged, Address):
        assert judged.host in ("support.zoom.com", "logitech.com", "xn--bcher-kva.example") or judged.host.endswith(
            (".support.zoom.com", ".logitech.com", ".xn--bcher-kva.example")
        )
        assert judged.scheme == "https"
        assert judged.port == 443
        assert judged.url.isascii()
        assert judge_url(judged.url, ALLOW) == judged
