import pytest

from penchant.contract.arns import Place
from penchant.main import require_loopback
from penchant.server.caller import Identity


def test_who_does_not_sign_is_in_the_installations_own_region():
    assert Identity("000000000000", "eu-west-1").identify({}) == Place("000000000000", "eu-west-1")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_is_this_machine_alone(host):
    require_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "not an address"])
def test_without_keys_no_other_address_is_listened_on(host):
    with pytest.raises(ValueError, match=r"listens on loopback only|no address"):
        require_loopback(host)
