"""Serves a real Jina flow whose nodes run elsewhere: outer_flow.py --port P NAME=HOST:PORT …, one after the other. Prints READY."""
import argparse
import signal
import threading

from jina import Flow

arguments = argparse.ArgumentParser()
arguments.add_argument('--port', type=int)
arguments.add_argument('nodes', nargs='+')
given = arguments.parse_args()

flow = Flow(port=given.port, protocol='grpc')
for node in given.nodes:
    name, place = node.split('=')
    host, port = place.rsplit(':', 1)
    flow = flow.add(name=name, external=True, host=host, port=int(port))

stop = threading.Event()
for signum in (signal.SIGTERM, signal.SIGINT):
    signal.signal(signum, lambda *_: stop.set())
with flow:
    print('READY', flush=True)
    stop.wait()
