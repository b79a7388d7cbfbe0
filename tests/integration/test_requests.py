"""How often AWS is asked for an upload: each request costs, and the page on cost counts on it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import costs
from world import World, picture


def test_a_new_upload_asks_as_often_as_the_page_on_cost_says(world: World) -> None:
    """Whoever adds a request measures the cost anew: python tests/benchmarks/bench_cost.py --write."""
    asked: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        asked[f"{model.service_model.service_id}.{model.name}"] += 1

    world.session.events.register("before-call.*.*", count)
    services = world.services(call_threads=1)
    assert world.handle(world.message(world.drop("warm.png", picture(1))), services=services) == []
    asked.clear()
    assert world.handle(world.message(world.drop("a.png", picture(2))), services=services) == []
    told = costs.measured()["requestsOfAnUpload"]
    alone = {name: times for name, times in asked.items() if name != "SQS.ChangeMessageVisibilityBatch"}
    assert alone == {name: times for name, times in told.items() if name != "SQS.ChangeMessageVisibilityBatch"}
