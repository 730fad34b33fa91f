"""A small web application, as a process to record.

It has what a real server has and a toy has not: some thirty extension modules, worker threads with their stacks,
heap arenas and buffers, a database file mapped into memory, shared memory with and without a name, and one area
that is kept from children (MADV_DONTFORK).

    /usr/bin/python3 python-server.py

It answers twenty requests of its own, prints its process id and serves until it gets SIGTERM. Only the standard
library is used; nothing is left behind.
"""

import asyncio  # noqa: F401  imported for what it loads, as a web framework would
import bz2  # noqa: F401
import ctypes  # noqa: F401
import curses  # noqa: F401
import decimal  # noqa: F401
import hashlib
import json
import lzma  # noqa: F401
import mmap
import os
import readline  # noqa: F401
import signal
import sqlite3
import ssl
import tempfile
import threading
import urllib.request
import uuid  # noqa: F401
import zoneinfo
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.shared_memory import SharedMemory

WORKERS = 44
CACHE_BYTES = 16 << 20


class Handler(BaseHTTPRequestHandler):
    """Counts the items of the database and the requests so far."""

    def do_GET(self):
        with lock:
            items = database.execute("select count(*) from item").fetchone()[0]
            count = int.from_bytes(counter[0:8], "little") + 1
            counter[0:8] = count.to_bytes(8, "little")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"items": items, "requests": count}).encode())

    def log_message(self, *_):
        pass


def fill(path):
    with sqlite3.connect(path) as db:
        db.execute("create table item (id integer primary key, body text)")
        db.executemany("insert into item (body) values (?)", [("x" * 400,) for _ in range(20_000)])


def worker(number):
    """Touches its share of the cache, hashes something, then waits for work for ever."""
    share = CACHE_BYTES // WORKERS
    cache[number * share : number * share + 4096] = hashlib.sha256(bytes(200_000)).digest() * 128
    started.wait()
    threading.Event().wait()


def stop(*_):
    pool.close()
    pool.unlink()
    directory.cleanup()
    os._exit(0)


directory = tempfile.TemporaryDirectory(prefix="server-")
signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
fill(os.path.join(directory.name, "items.db"))
database = sqlite3.connect(os.path.join(directory.name, "items.db"), check_same_thread=False)
database.execute("pragma mmap_size = 67108864")
lock = threading.Lock()
tls = ssl.create_default_context()
zone = zoneinfo.ZoneInfo("UTC")

private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
counter = mmap.mmap(-1, 4096)  # shared and without a name: children count into the same page
pool = SharedMemory(create=True, size=8 << 20, name="server-pool")  # shared, in /dev/shm
pool.buf[: 1 << 20] = bytes(1 << 20)
cache = mmap.mmap(-1, CACHE_BYTES, flags=private)
cache.madvise(mmap.MADV_HUGEPAGE)
secret = mmap.mmap(-1, 65536, flags=private)
secret.write(os.urandom(65536))
secret.madvise(mmap.MADV_DONTFORK)

started = threading.Barrier(WORKERS + 1)
for number in range(WORKERS):
    threading.Thread(target=worker, args=(number,), daemon=True).start()
started.wait()
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
for _ in range(20):
    urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/").read()
print(os.getpid(), flush=True)
while True:
    signal.pause()
