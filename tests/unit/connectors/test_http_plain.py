"""What is written and read without h11 is what h11 would write and read; everything else is left to it."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avops.connectors.http_plain import read_head, write_head

NAMES = st.sampled_from([b"Content-Length", b"Content-Type", b"X-A", b"Transfer-Encoding", b"Connection", b"Bad Name", b"", b"Upgrade"])
VALUES = st.one_of(
    st.sampled_from([b"0", b"2", b"2, 2", b"+2", b"chunked", b"close", b"keep-alive", b"a\r\nX-B: c", b" 2 ", b"", b"a\tb", b"\xe9"]),
    st.binary(max_size=6),
)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=4)
STARTS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 ",
        b"HTTP/1.1 204 No",
        b"HTTP/1.1 404 \xe9",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 100 Go",
        b"HTTP/1.1 200",
    ]
)
ENDS = st.sampled_from([b"\r\n", b"\n", b"\r\n ", b"\r"])


def plain_get(headers: list[tuple[bytes, bytes]]) -> h11.Connection:
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=headers))
    connection.send(h11.EndOfMessage())
    return connection


@given(STARTS, HEADERS, ENDS, st.binary(max_size=4))
def test_what_is_read_is_what_h11_reads(start, headers, end, body):
    head = start + end + b"".join(name + b": " + value + end for name, value in headers) + b"\r\n"
    found = read_head(head)
    if found is None:
        return
    connection = plain_get([(b"Host", b"x")])
    connection.receive_data(head + b"x" * found.length)
    answer = connection.next_event()
    assert isinstance(answer, h11.Response)
    assert (answer.status_code, list(answer.headers)) == (found.status_code, found.headers)
    read = bytearray()
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        assert isinstance(event, h11.Data)
        read += event.data
    assert len(read) == found.length
    assert connection.our_state is connection.their_state is h11.DONE


@given(st.sampled_from(["GET", "PUT", "B D", "", "HEAD"]), st.one_of(st.just("/a?b=c"), st.text(max_size=5)), HEADERS)
def test_what_is_written_is_what_h11_writes(method, target, headers):
    lines = [(b"Host", b"x"), *headers]
    found = write_head(method, target, lines)
    if found is None or b"Transfer-Encoding" in dict(headers) or b"Content-Length" in dict(headers):
        return
    request = h11.Request(method=method, target=target.encode(), headers=lines)
    assert found == h11.Connection(h11.CLIENT).send(request)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\nX: y\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 204 None\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_an_answer_of_any_other_form_is_left_to_h11(head):
    assert read_head(head) is None


@pytest.mark.parametrize("line", [(b"X-A", b"a\r\nX-B: c"), (b"X-A", b"a\nX-B: c"), (b"X A", b"a"), (b"X-A", b"a\x00"), (b"X-A:", b"a")])
def test_a_header_that_would_be_something_else_is_left_to_h11_which_refuses_it(line):
    assert write_head("GET", "/", [(b"Host", b"x"), line]) is None
    with pytest.raises(h11.LocalProtocolError):
        plain_get([(b"Host", b"x"), line])


def test_the_plainest_form_is_taken():
    assert (
        write_head("PUT", "/a", [(b"Host", b"x"), (b"Content-Length", b"2")]) == b"PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
    )
    found = read_head(b"HTTP/1.1 200 OK\r\nDate: now\r\nContent-Length:  2 \r\nConnection: Keep-Alive\r\n\r\n")
    assert found is not None
    assert (found.status_code, found.length, found.headers[1]) == (200, 2, (b"content-length", b"2"))
