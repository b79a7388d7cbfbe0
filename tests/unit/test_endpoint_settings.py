"""What the endpoint is told before it serves: apps and their bounds, from a file or from variables."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocr_endpoint.apps import App, Bounds
from ocr_endpoint.settings import EndpointSettings, UnusableSettings

FILE = """
workers = 4
waiting = 20

[apps.7438000001]
secrets = ["s3cret", "old-s3cret"]
allow = ["192.0.2.0/24", "2001:db8::1"]
quota = 1000
rate = 50

[apps."a b"]
secrets = ["s3cret"]
"""
CREDENTIALS = '{"appId": "app", "secret": "s3cret"}'


def test_a_file_names_apps_and_what_bounds_them() -> None:
    """Each app has one secret or two, and may have an allow-list, a balance and a rate; the rest has defaults."""
    settings = EndpointSettings.from_toml(FILE)
    networks = (ip_network("192.0.2.0/24"), ip_network("2001:db8::1/128"))
    assert settings.apps == {
        "7438000001": App(("s3cret", "old-s3cret"), Bounds(networks, 1000, 50.0)),
        "a b": App(("s3cret",)),
    }
    assert (settings.workers, settings.waiting) == (4, 20)
    small = EndpointSettings.from_toml('[apps.a]\nsecrets = ["s"]')
    assert (small.workers, small.waiting) == (2, 8)


def test_variables_bound_one_app() -> None:
    """The function has its app from the secret, and bounds from variables that may be absent."""
    bounds = {"OCR_ENDPOINT_ALLOW": "192.0.2.1, 2001:db8::/32", "OCR_ENDPOINT_QUOTA": "10", "OCR_ENDPOINT_RATE": "0.5"}
    given = EndpointSettings.from_environment(bounds, CREDENTIALS).apps["app"]
    assert given == App(("s3cret",), Bounds((ip_network("192.0.2.1/32"), ip_network("2001:db8::/32")), 10, 0.5))
    assert EndpointSettings.from_environment({"OCR_ENDPOINT_ALLOW": " "}, CREDENTIALS).apps["app"] == App(("s3cret",))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "apps"),
        ("apps = 1", "apps"),
        ("[apps]", "apps"),
        ('apps.a = "s3cret"', "apps.a"),
        ("[apps.a]", "secrets"),
        ('[apps.a]\nsecrets = "s3cret"', "secrets"),
        ("[apps.a]\nsecrets = []", "secrets"),
        ('[apps.a]\nsecrets = ["s3cret", " "]', "secrets"),
        ('[apps.a]\nsecrets = ["s3cret", "b", "c"]', "secrets"),
        ('[apps.a]\nsecrets = ["s3cret"]\nsecret = "s3cret"', "secret"),
        ('[apps.a]\nsecrets = ["s3cret"]\nallow = ["s3cret"]', "allow"),
        ('[apps.a]\nsecrets = ["s3cret"]\nallow = []', "allow"),
        ('[apps.a]\nsecrets = ["s3cret"]\nallow = "192.0.2.1"', "allow"),
        ('[apps.a]\nsecrets = ["s3cret"]\nquota = -1', "quota"),
        ('[apps.a]\nsecrets = ["s3cret"]\nquota = true', "quota"),
        ('[apps.a]\nsecrets = ["s3cret"]\nrate = 0', "rate"),
        ('[apps.a]\nsecrets = ["s3cret"]\nrate = inf', "rate"),
        ('[apps.a]\nsecrets = ["s3cret"]\nrate = "s3cret"', "rate"),
        ('workers = 0\n[apps.a]\nsecrets = ["s3cret"]', "workers"),
        ('waiting = 1.5\n[apps.a]\nsecrets = ["s3cret"]', "waiting"),
        ('[apps.a]\nsecrets = ["s3cret"\n[', "line"),
        ('s3cret = "s3cret" s3cret', "line 1"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(text: str, names: str) -> None:
    """The refusal names the setting, says what it takes, and shows no value."""
    with pytest.raises(UnusableSettings, match=names) as refused:
        EndpointSettings.from_toml(text)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("name", ["ALLOW", "QUOTA", "RATE"])
@pytest.mark.parametrize("value", ["s3cret", "-1", "1,,2"])
def test_a_variable_that_makes_no_sense_is_named(name: str, value: str) -> None:
    """As in a file, so in a variable."""
    with pytest.raises(UnusableSettings, match=f"OCR_ENDPOINT_{name}") as refused:
        EndpointSettings.from_environment({f"OCR_ENDPOINT_{name}": value}, CREDENTIALS)
    assert value not in str(refused.value)


@given(st.text(max_size=80))
def test_no_text_is_more_than_refused(text: str) -> None:
    """Whatever a file holds, it is settings or one refusal: nothing else is raised."""
    with suppress(UnusableSettings):
        EndpointSettings.from_toml(text)


def test_no_repr_shows_a_secret() -> None:
    """What may end in a log holds no secret."""
    settings = EndpointSettings.from_toml(FILE)
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in repr(settings.apps["7438000001"])


@pytest.mark.parametrize(
    ("source", "let_in"),
    [
        ("192.0.2.9", True),
        ("::ffff:192.0.2.9", True),
        ("2001:db8::1", True),
        ("192.0.3.9", False),
        ("2001:db8::2", False),
        ("", False),
        ("localhost", False),
    ],
)
def test_an_allow_list_takes_networks_of_both_kinds(source: str, let_in: bool) -> None:
    """An IPv4 address that came by way of IPv6 is the same; what is no address is not on the list."""
    bounds = EndpointSettings.from_toml(FILE).apps["7438000001"].bounds
    assert bounds.lets_in(source) is let_in
    assert Bounds().lets_in(source)
