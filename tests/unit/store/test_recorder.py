from fiberwise.store.recorder import Recent


def test_a_member_is_new_once_until_it_is_forgotten():
    recent = Recent(2)
    assert [recent.add("a"), recent.add("a")] == [True, False]
    recent.forget("a")
    recent.forget("never there")
    assert recent.add("a")


def test_the_oldest_makes_room_for_the_newest():
    recent = Recent(2)
    assert [recent.add(each) for each in ("a", "b", "c")] == [True] * 3
    assert [recent.add(each) for each in ("c", "b", "a")] == [False, False, True]
