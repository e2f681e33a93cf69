"""Servers that answer in a way that HTTP does not know are a sentence of `tfgpu-lab watch`, not its end."""

import json
import os
import socket
import threading

import pytest

from tfgpu_lab.commands import servers


@pytest.fixture
def announce(tmp_path, monkeypatch):
    """Write the file by which a running server tells of itself."""
    monkeypatch.setattr(servers, "jupyter_runtime_dir", lambda: str(tmp_path))

    def write(**info):
        (tmp_path / "jpserver-1.json").write_text(json.dumps({"pid": os.getpid(), "token": "secret", **info}))

    return write


@pytest.fixture
def speaking(announce):
    """Announce a server that says these bytes to everybody, and hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def begin(says):
        def serve():
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1 << 16)
                    connection.sendall(says)

        threading.Thread(target=serve, daemon=True).start()
        announce(url=f"http://127.0.0.1:{listening.getsockname()[1]}/")

    yield begin
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()


@pytest.mark.parametrize(
    "says",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",  # another program took the port
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",  # ended while it spoke
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        b"HTTP/1.1 200 OK\r\n\r\n" + b'{"devices":' * 10_000,
        b"HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\n\r\n",
        b"",
    ],
    ids=["not HTTP", "cut off", "many headers", "no object", "deep", "elsewhere", "nothing"],
)
def test_an_odd_answer_is_a_sentence(speaking, says):
    speaking(says)
    (told,) = servers.ask_all()
    assert (told.kernels, told.processes) == ([], [])
    assert "http://127.0.0.1:" in told.problem
    assert told.problem.endswith(".")
    assert "secret" not in told.problem


@pytest.mark.parametrize("info", [{"url": "http://[x/"}, {"url": "http://a b/"}, {"token": "se\ncret"}, {"token": "€"}])
def test_an_odd_address_or_token_is_a_sentence(announce, info):
    announce(**{"url": "http://127.0.0.1:9/", **info})
    (told,) = servers.ask_all()
    assert told.problem.endswith(".")
    assert not any(word in told.problem for word in ("cret", "€"))
