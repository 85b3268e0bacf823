"""Puts the functions of bench/functions on a server."""
import base64
import io
import pathlib
import zipfile

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "functions"


def _zip(name):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for file in (FOLDER / name).iterdir():
            archive.write(file, file.name)
    return base64.b64encode(packed.getvalue()).decode()


def create(api, name, code, environment=None, timeout=60, runtime="nodejs20.x", package=None):
    """`code` names a folder beside this; `package` is a zip that is ready."""
    zipped = base64.b64encode(pathlib.Path(package).read_bytes()).decode() if package else _zip(code)
    answer = api.lambda_("POST", "/2015-03-31/functions", {
        "FunctionName": name, "Runtime": runtime, "Handler": "index.handler", "Timeout": timeout, "MemorySize": 512,
        "Role": "arn:aws:iam::000000000000:role/bench", "Code": {"ZipFile": zipped},
        "Environment": {"Variables": environment or {}}})
    return answer["FunctionArn"]


def delete(api, name):
    api.lambda_("DELETE", f"/2015-03-31/functions/{name}")


def public_url(api, name, mode):
    url = api.lambda_("POST", f"/2021-10-31/functions/{name}/url", {"AuthType": "NONE", "InvokeMode": mode})["FunctionUrl"]
    api.lambda_("POST", f"/2015-03-31/functions/{name}/policy", {
        "StatementId": "public", "Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"})
    return url
