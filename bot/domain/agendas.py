"""What the items of an agenda are about."""

from __future__ import annotations

import re

_PARTY_BUILDING = re.compile(
    r"党建|党的建设|党组织|党支部|党员(?:队伍|教育|管理|发展|档案)|发展党员|组织生活"
    r"|三会一课|主题党日|党员活动日|党费|两学一做|党风廉政|从严治党"
)


def is_on_party_building(item: str) -> bool:
    """Tell whether an item of an agenda is on Party building (党建议题), by its words."""
    return bool(_PARTY_BUILDING.search(item))
