import base64
import logging
import pickle
import traceback

import pytest

from ib_mlflow.errors import TrackingError
from ib_mlflow.secrecy import clean, clean_logs, without_secrets

SECRET = "S3cr3tPw-9x"
HOST = "127.0.0.1:9"


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        (f"http://bob:{SECRET}@{HOST}", f"http://{HOST}"),
        (f"https://{SECRET}@{HOST}/a", f"https://{HOST}/a"),
        (f"HTTP://bob:{SECRET}@{HOST}/a", f"HTTP://{HOST}/a"),
        (f"postgresql://bob:{SECRET}@{HOST}/db", f"postgresql://bob@{HOST}/db"),
        (f"mysql+pymysql://bob:{SECRET}@{HOST}/db?a=b", f"mysql+pymysql://bob@{HOST}/db?a=b"),
        (f"postgresql://h/db?user=bob&password={SECRET}", "postgresql://h/db?user=bob&password=***"),
        (f"http://h/?access_token={SECRET}&a=b#c", "http://h/?access_token=***&a=b#c"),
        (f"mssql://h/?odbc_connect=UID%3Dbob%3BPWD%3D{SECRET}%3BA%3Db",
         "mssql://h/?odbc_connect=UID%3Dbob%3BPWD%3D***%3BA%3Db"),
        ("postgresql://bob:p@ss/w?rd#1@host/db", "postgresql://bob@host/db"),
        ("postgresql://bob:a%40b%2Fc@host/db", "postgresql://bob@host/db"),
        ("mlflow://mlflow:mlflow@mlflow/mlflow", "mlflow://mlflow@mlflow/mlflow"),
        (f"sqlite+pysqlcipher://:{SECRET}@/a.db", "sqlite+pysqlcipher:///a.db"),
    ],
)  # fmt: skip
def test_an_address_loses_its_password_and_no_more(uri: str, shown: str) -> None:
    assert without_secrets(uri) == shown


@pytest.mark.parametrize(
    "uri",
    ["sqlite:////a b/mlflow.db", "http://host:5000/a@b", "postgresql://bob@h/db", "s3://bucket/k@2",
     "file:///a/b", "git@github.com:a/b", "no address at all", "the token is 5", ""],
)  # fmt: skip
def test_other_addresses_stay(uri: str) -> None:
    assert without_secrets(uri) == uri


@pytest.mark.parametrize("secret", [SECRET, "pw", "p@ss/w%41rd", 'it\'s \\ "q" + ü', "a+b c"])
def test_what_the_environment_holds_is_hidden_however_it_is_spelt(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"):
        with monkeypatch.context() as patch:
            patch.setenv("MLFLOW_TRACKING_USERNAME", "bob")
            patch.setenv(name, secret)
            basic = base64.b64encode(f"bob:{secret}".encode()).decode()
            for spelt in (secret, repr(secret), basic):
                shown = without_secrets(f"refused: {spelt} was given")
                assert shown in ("refused: *** was given", "refused: '***' was given")


def test_a_relayed_part_of_the_tracking_uri_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://bob:hidden@partly@host/db")
    assert without_secrets('could not translate "partly@host"') == 'could not translate "***@host"'
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"postgresql://h/db?user=bob&password={SECRET}")
    assert without_secrets(f"wrong: {SECRET}") == "wrong: ***"


def test_an_error_shows_none_and_crosses_processes() -> None:
    error = TrackingError("it answers", received=f"http://bob:{SECRET}@{HOST}", fix="Try.")
    assert str(error) == f"it answers; received http://{HOST}. Try."
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_whole_traceback_is_cleaned() -> None:
    address = f"http://bob:{SECRET}@{HOST}"
    try:
        try:
            try:
                raise OSError(2, f"no {address}", f"{address}/file")
            except OSError as error:
                inner = ValueError({"url": address}, [address.encode()], error)
                inner.message = address  # type: ignore[attr-defined]
                inner.add_note(address)
                raise RuntimeError(inner) from error
        except RuntimeError:
            raise SystemExit(address)  # noqa: B904
    except SystemExit as caught:
        error = caught
    assert SECRET in "".join(traceback.format_exception(error))
    clean(error)
    text = "".join(traceback.format_exception(error))
    assert SECRET not in text
    assert HOST in text
    assert error.code == f"http://{HOST}"
    inner = error.__context__.args[0]  # type: ignore[union-attr]
    assert inner.message == f"http://{HOST}"
    clean(inner)


def test_every_logger_is_clean(caplog: pytest.LogCaptureFixture) -> None:
    address = f"http://bob:{SECRET}@{HOST}"
    factory = logging.getLogRecordFactory()
    with clean_logs():
        for name in ("urllib3.connectionpool", "mlflow"):
            logging.getLogger(name).warning("retry of %s, %d left", address, 3)
        try:
            raise OSError(address)
        except OSError:
            logging.getLogger("any").exception("it failed")
        with pytest.raises(TypeError):
            logging.getLogger("any").makeRecord("a", 1, "f", 1, "%d %d", (1,), None).getMessage()
    assert SECRET not in caplog.text
    assert f"retry of http://{HOST}, 3 left" in caplog.text
    assert logging.getLogRecordFactory() is factory
