"""The wire: targets, paths, headers, statuses and bodies, through the ASGI application."""

import asyncio
import json
import sqlite3
from concurrent.futures import Future

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from penchant import main
from penchant.contract import model
from penchant.contract.errors import ServiceUnavailable, ThrottlingException
from penchant.operations.registry import OPERATIONS, Operation

AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=AKID/20261124/ap-southeast-2/personalize/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=0000"
)


class Answer(msgspec.Struct):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self):
        return json.loads(self.body)


@pytest.fixture
def ask(house, settings):
    """Send one HTTP request into the application, as the server would."""
    application = main.build_application(settings, house)

    def ask(path: str = "/", body: bytes = b"", method: str = "POST", query: str = "", **headers: str) -> Answer:
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "http",
            "headers": [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()],
        }
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        asyncio.run(application(scope, receive, send))
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], head, b"".join(part.get("body", b"") for part in sent[1:]))

    return ask


def control(ask, operation: str, body, **headers) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ask("/", content, x_amz_target=f"AmazonPersonalize.{operation}", **headers)


def test_a_control_plane_answer_has_the_recorded_headers_and_compact_json(ask):
    answer = control(ask, "ListDatasetGroups", {})
    assert answer.status == 200
    assert answer.body == b'{"datasetGroups":[]}'
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert len(answer.headers["x-amzn-requestid"]) == 36
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-cache"


def test_the_region_is_the_signing_region_and_the_account_is_the_installations(ask):
    answer = control(ask, "CreateDatasetGroup", {"name": "g"}, authorization=AUTHORIZATION)
    assert answer.json()["datasetGroupArn"] == "arn:aws:personalize:ap-southeast-2:000000000000:dataset-group/g"


@pytest.mark.parametrize(
    "text",
    [
        "Basic dTpw",
        AUTHORIZATION.replace("/personalize/", "/s3/"),
        AUTHORIZATION.replace("ap-southeast-2", "../../etc"),
        "AWS4-HMAC-SHA256 Credential=",
    ],
)
def test_an_authorization_that_is_not_sigv4_for_personalize_is_refused(ask, text):
    answer = control(ask, "ListDatasetGroups", {}, authorization=text)
    assert (answer.status, answer.json()["__type"]) == (403, "AccessDeniedException")


def test_an_operation_without_an_answer_has_an_empty_body(ask, house, settings):
    schema = '{"type":"record","name":"Users","namespace":"com.amazonaws.personalize.schema","version":"1.0","fields":[{"name":"USER_ID","type":"string"},{"name":"AGE","type":"int"}]}'
    arn = control(ask, "CreateSchema", {"name": "s", "schema": schema}).json()["schemaArn"]
    answer = control(ask, "DeleteSchema", {"schemaArn": arn})
    assert (answer.status, answer.body) == (200, b"")


def test_errors_have_amazons_form_in_both_protocols(ask):
    refused = control(ask, "DescribeSchema", {"schemaArn": "arn:aws:personalize:eu-west-1:000000000000:schema/x"})
    assert refused.status == 400
    assert refused.headers["x-amzn-errortype"] == refused.json()["__type"] == "ResourceNotFoundException"
    assert "does not exist" in refused.json()["message"]
    refused = ask("/recommendations", b'{"userId":5}')
    assert refused.status == 400
    assert refused.headers["content-type"] == "application/json"
    assert refused.headers["x-amzn-errortype"] == "InvalidInputException"


def test_an_explanation_is_asked_for_with_a_request(ask):
    refused = ask("/penchant/v1/explain", b'{"userId":"u"}')
    assert (refused.status, refused.json()["__type"]) == (400, "InvalidInputException")
    assert "campaignArn or recommenderArn" in refused.json()["message"]
    assert ask("/penchant/v1/explain", b"[").status == 400


def test_what_is_not_built_answers_501_and_what_does_not_exist_404(ask, monkeypatch):
    monkeypatch.delitem(OPERATIONS, "GetActionRecommendations")
    assert ask("/action-recommendations", b"{}").status == 501
    for target in (
        "AmazonPersonalize.CreateMagic",
        "AmazonPersonalize.GetRecommendations",
        "DynamoDB_1.ListTables",
        "",
    ):
        answer = ask("/", b"{}", x_amz_target=target)
        assert (answer.status, answer.json()["__type"]) == (404, "UnknownOperationException")
    assert ask("/", b"{}").status == 404
    assert ask("/nowhere", b"{}").status == 404
    assert ask("/recommendations", method="GET").status == 405


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff", b"[]", b"5", b'"x"', b"null", b"NaN", b"[" * 100_000, b'{"name":' * 50_000, b'{"maxResults":1e999}', b"\x00"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/recommendations", "/personalize-ranking"])
def test_a_body_that_is_no_request_is_refused_with_a_sentence(ask, path, body):
    answer = ask(path, body, x_amz_target="AmazonPersonalize.ListDatasetGroups")
    assert (answer.status, answer.json()["__type"]) == (400, "InvalidInputException")
    assert answer.json()["message"]


def test_a_body_larger_than_any_request_is_refused(ask):
    answer = control(ask, "CreateSchema", b" " * (9 * 1024 * 1024))
    assert answer.status == 400
    assert "larger than" in answer.json()["message"]


def test_a_bug_is_a_500_that_says_nothing_but_its_request(ask, monkeypatch):
    def broken(house, request):
        raise ZeroDivisionError("secret")

    monkeypatch.setitem(OPERATIONS, "ListSchemas", Operation("ListSchemas", broken, False))
    answer = control(ask, "ListSchemas", {})
    assert answer.status == 500
    assert answer.json()["__type"] == "InternalFailure"
    assert answer.headers["x-amzn-requestid"] in answer.json()["message"]
    assert b"secret" not in answer.body


def test_health_is_ready(ask):
    answer = ask("/health", method="GET")
    assert (answer.status, answer.json()) == (200, {"status": "ready"})


def test_every_path_of_the_rest_services_is_served(ask):
    for op in model.operations().values():
        if model.is_rest(op):
            assert ask(op.http["requestUri"], b"{").status in (400, 501)


@settings(max_examples=200, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=200), name=st.sampled_from(sorted(OPERATIONS)))
def test_any_bytes_for_any_operation_never_make_a_500(ask, body, name):
    op = model.operations()[name]
    path = op.http["requestUri"] if model.is_rest(op) else "/"
    answer = ask(path, body, x_amz_target=f"AmazonPersonalize.{name}")
    assert answer.status < 500


def test_progress_of_a_resource_can_be_read(ask):
    arn = control(ask, "CreateDatasetGroup", {"name": "g"}).json()["datasetGroupArn"]
    told = ask_progress(ask, arn)
    assert (told.status, told.json()["state"], told.json()["fraction"]) == (200, "waiting", 0.0)
    assert told.json()["sentence"]
    assert told.json()["task"] == "datasetGroup.create"
    for wrong in (arn + "x", "", "nonsense"):
        refused = ask_progress(ask, wrong)
        assert (refused.status, refused.json()["__type"]) == (400, "ResourceNotFoundException")


def ask_progress(ask, arn: str) -> Answer:
    return ask("/penchant/v1/progress", method="GET", query=f"arn={arn}")


def test_other_extensions_answer_and_refuse(ask):
    arn = control(ask, "CreateDatasetGroup", {"name": "g"}).json()["datasetGroupArn"]
    assert ask("/penchant/v1/rejections", method="GET").json() == {"rejections": []}
    assert ask("/penchant/v1/rejections", method="GET", query=f"datasetGroupArn={arn}").json() == {"rejections": []}
    for path, query, code in (
        ("rejections", f"datasetGroupArn={arn}x", "ResourceNotFoundException"),
        ("activity", f"datasetGroupArn={arn}", "InvalidInputException"),  # there is no dataset yet
        ("activity", f"datasetGroupArn={arn}&hours=many", "InvalidInputException"),
        ("activity", "", "ResourceNotFoundException"),
        ("schedules", "", "InvalidInputException"),
        ("schedules", f"solutionArn={arn}", "ResourceNotFoundException"),
    ):
        refused = ask(f"/penchant/v1/{path}", method="GET", query=query)
        assert (refused.status, refused.json()["__type"]) == (400, code)


@pytest.mark.parametrize(
    ("error", "status", "seconds"), [(ServiceUnavailable("Full."), 503, "5"), (ThrottlingException("Much."), 400, "1")]
)
def test_a_promise_that_is_broken_is_told(ask, monkeypatch, error, status, seconds):
    """With when to try again, which the SDKs heed."""
    broken: Future[None] = Future()
    broken.set_exception(error)
    monkeypatch.setitem(OPERATIONS, "PutEvents", Operation("PutEvents", lambda house, request: broken, True))
    event = {"eventType": "c", "sentAt": 1, "itemId": "a"}
    told = ask("/events", json.dumps({"trackingId": "t", "sessionId": "s", "eventList": [event]}).encode())
    assert (told.status, told.headers["retry-after"]) == (status, seconds)
    assert (told.headers["x-amzn-errortype"], told.json()["message"]) == (error.code, str(error))


@pytest.mark.parametrize("inline", [True, False])
def test_a_database_that_is_away_is_no_fault_of_ours(ask, monkeypatch, inline):
    def away(house, request):
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("unable to open database file"))

    monkeypatch.setitem(OPERATIONS, "ListSchemas", Operation("ListSchemas", away, inline))
    told = control(ask, "ListSchemas", {})
    assert (told.status, told.headers["x-amzn-errortype"]) == (503, "ServiceUnavailable")


def test_metrics_are_asked_for_by_what_they_are_of(ask):
    arn = "arn:aws:personalize:eu-west-1:000000000000:solution/s/1"
    for query, code in (
        ("", "InvalidInputException"),
        (f"solutionVersionArn={arn}&recommenderArn={arn}", "InvalidInputException"),
        (f"solutionVersionArn={arn}", "ResourceNotFoundException"),
        (f"recommenderArn={arn}", "ResourceNotFoundException"),
    ):
        refused = ask("/penchant/v1/metrics", method="GET", query=query)
        assert (refused.status, refused.json()["__type"]) == (400, code)
