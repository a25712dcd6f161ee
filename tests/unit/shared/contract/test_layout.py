"""Names in the store have the digits 0 to 9 only, so that every tool can write them."""

from shared.contract.layout import parse_live_hour_name
from shared.maintenance.backup_paths import is_backed_up
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore

ARABIC_TWO = "\u0662"
CANDIDATE = "20260131T110000000000Z-0123abcd"


def in_arabic(name: str) -> str:
    return name.replace("2", ARABIC_TWO)


def test_names_with_digits_of_another_script_do_not_belong_to_a_store(store: ModelStore) -> None:
    hour = in_arabic("20260131T11.json")
    for path in (
        store.layout.live / "host-1" / hour,
        store.layout.candidates / in_arabic(CANDIDATE),
        store.layout.decisions / in_arabic("00000002.json"),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o644)
        foreign = f"{path} does not belong to a store."
        assert foreign in [issue.message for issue in check_store(store)]
    assert parse_live_hour_name(hour) is None
    assert not is_backed_up(f"live/host-1/{hour}")
