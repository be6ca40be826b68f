"""Every workflow id gives one execution id, also one that a person made up."""

from uuid import UUID

from fiberwise.contracts.identity import execution_id_of


def test_the_uuid_of_a_workflow_id_is_the_execution_id():
    assert execution_id_of("p/0198a3c4-0000-7000-8000-000000000001") == "0198a3c4-0000-7000-8000-000000000001"


def test_a_made_up_workflow_id_gives_the_same_uuid_each_time():
    assert UUID(execution_id_of("my run")) == UUID(execution_id_of("my run"))
    assert execution_id_of("my run") != execution_id_of("my other run")
