"""An app of Flask's, as its users write them, behind something that takes its prefix off."""

from flask import Flask, jsonify, request, url_for
from werkzeug.middleware.proxy_fix import ProxyFix

app = Flask(__name__)
app.wsgi_app = ProxyFix(app.wsgi_app, x_prefix=1)


@app.get("/meta")
def meta():
    return jsonify(name="flask", url=url_for("meta"), script=request.script_root)


@app.post("/predict")
def predict():
    return jsonify(sum=sum(request.get_json()))
