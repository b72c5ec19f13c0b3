"""Any store: who holds it is named, with what he holds, as long as he does."""

import os
import socket

from monitor.ports import Store
from tests.contract import making as m
from tests.samples import NOW, alert


def test_who_holds_the_store_is_named(store: Store) -> None:
    """Owner, host, process and start, and how many feeds and deliveries are his now."""
    assert [] == list(store.nodes())
    store.sync([m.feed("a"), m.feed("b"), m.feed("c")], NOW)
    store.add_deliveries([m.delivery(alert())])
    with store.hold("me", NOW):
        [first, _] = m.take(store, 2, owner="me")
        store.due_deliveries(NOW, 9, owner="me", lease=m.LEASE)
        m.commit(store, m.changes(first))
        [row] = store.nodes()

    assert ("me", socket.gethostname(), os.getpid(), NOW, 1, 1) == tuple(
        row[name] for name in ("owner", "host", "pid", "since", "feeds", "deliveries")
    )
    assert [] == list(store.nodes())


def test_beginning_ends_the_leases_of_the_dead(store: Store) -> None:
    """What a process was doing when it was killed is due at once for the next."""
    store.sync([m.feed("a")], NOW)
    store.add_deliveries([m.delivery(alert())])
    m.take(store, owner="killed")
    m.send(store)
    with store.hold("next", NOW):
        assert 1 == len(m.take(store, owner="next"))
        assert 1 == len(m.send(store))
