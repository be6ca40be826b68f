"""The bodies of both sides: what costs time here is everything but them."""

from dataclasses import dataclass

from temporalio import activity

from fiberwise.contracts.payload import Asked, Payload


@dataclass(frozen=True)
class BareNote:
    text: str


class Order(Asked):
    text: str = "order"

    @property
    def about(self) -> str:
        return self.text


class Note(Payload):
    text: str

    @property
    def about(self) -> str:
        return self.text


@activity.defn(name="bare_echo")
async def bare_echo(note: BareNote) -> BareNote:
    return note


@activity.defn(name="echo")
async def echo(note: Note) -> Note:
    return note
