import pytest

pytestmark = pytest.mark.browser


def test_every_page_opens(visit):
    seen = visit()
    seen.sound()
