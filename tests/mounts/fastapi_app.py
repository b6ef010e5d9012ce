"""An app of FastAPI's, as its users write them. It knows nothing of Sluice but where it answers."""

import json
import os
import time
from urllib.request import Request as Ask, urlopen

from fastapi import FastAPI, Request, WebSocket
from pydantic import BaseModel


class Iris(BaseModel):
    sepal_len: float
    petal_len: float


app = FastAPI()


@app.get("/metadata")
def metadata(request: Request):
    headers = request.headers
    return {
        "root_path": request.scope["root_path"],
        "url": str(request.url_for("metadata")),
        "prefix": headers.get("x-forwarded-prefix"),
        "for": headers.get("x-forwarded-for"),
        "user": headers.get("x-forwarded-user"),
        "pid": os.getpid(),
    }


@app.post("/predict")
def predict(features: Iris):
    body = {"data": [{"text": json.dumps(features.model_dump())}], "execEndpoint": "/classify"}
    ask = Ask(os.environ["SLUICE_URL"] + "/post", json.dumps(body).encode(), {"content-type": "application/json"})
    with urlopen(ask) as answer:
        return {"prediction": json.load(answer)["data"][0]["text"]}


@app.get("/slow")
def slow():
    time.sleep(3)
    return "late"


@app.post("/die")
def die():
    os._exit(3)


@app.websocket("/ws")
async def echo(socket: WebSocket):
    await socket.accept()
    while True:
        await socket.send_text(socket.scope["root_path"] + " " + await socket.receive_text())
