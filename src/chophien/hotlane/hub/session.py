"""What one connection asks for, command by command, and what it is answered."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from chophien.domain.limits import HUB_ASKED_MAX, HUB_COMMANDS, HUB_PING_S
from chophien.hotlane.hub import protocol
from chophien.hotlane.hub.connection import Connection
from chophien.hotlane.hub.desk import Caller, Refused, Said, TalkDesk
from chophien.hotlane.hub.frames import encode_text
from chophien.hotlane.hub.history import Position
from chophien.hotlane.hub.hub import (
    Followed,
    Hub,
    TooManyChannelsError,
    UnknownChannelError,
    find_talk_room,
)
from chophien.hotlane.hub.protocol import Command
from chophien.wire.hub_tokens import (
    BadHubTokenError,
    HubToken,
    HubTokenOverError,
    read_hub_token,
)

logger = logging.getLogger(__name__)
CLIENT_BYTES = 8
US_PER_S = 1_000_000
US_PER_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """The two clocks of one moment."""

    steady_us: int
    """Does not go back; of no known beginning."""
    real_us: int
    """Since 1970."""

    @property
    def real_s(self) -> int:
        return self.real_us // US_PER_S

    @property
    def steady_ms(self) -> int:
        return self.steady_us // US_PER_MS


class ClosedError(Exception):
    """The connection has to be closed, with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(protocol.CLOSES[code])
        self.code = code


class Sessions:
    """Obeys the commands of all connections.

    Args:
        hub: where channels are followed.
        desk: who decides about what is said.
        token_key: as from `wire.hub_tokens.choose_key`.
        spawn: runs what waits for the desk, for as long as the hub runs.
        let_go: called with a connection whose reader must go.
    """

    def __init__(
        self,
        *,
        hub: Hub,
        desk: TalkDesk,
        token_key: bytes,
        spawn: asyncio.TaskGroup,
        let_go: Callable[[Connection], object],
    ) -> None:
        self._hub = hub
        self._desk = desk
        self._token_key = token_key
        self._spawn = spawn
        self._let_go = let_go

    def obey(self, connection: Connection, frame: bytes, now: Now) -> None:
        """Do what a frame of commands says, and answer them with one frame.

        Raises:
            ClosedError: it says what closes the connection.
        """
        try:
            commands = protocol.decode_commands(frame)
        except protocol.ProtocolError as fault:
            raise ClosedError(protocol.CLOSE_BAD_REQUEST) from fault
        replies = []
        for command in commands:
            self.count(connection, now)
            reply = self._answer(connection, command, now)
            if reply is not None:
                replies.append(reply)
            if command.connect is not None and not connection.is_connected:
                break  # refused: what the library sent along counted on being welcome
        if replies and not connection.write(encode_text(b"\n".join(replies))):
            self._let_go(connection)

    def count(self, connection: Connection, now: Now) -> None:
        """Count one command of a connection.

        Raises:
            ClosedError: they come too quickly.
        """
        if HUB_COMMANDS.find_wait_us(connection.full_at_us, now.steady_us):
            raise ClosedError(protocol.CLOSE_TOO_MANY_REQUESTS)
        connection.full_at_us = HUB_COMMANDS.draw(connection.full_at_us, now.steady_us)

    def _answer(self, connection: Connection, command: Command, now: Now) -> bytes | None:
        if command.connect is not None:
            return self._connect(connection, command, now)
        if not connection.is_connected:
            raise ClosedError(protocol.CLOSE_BAD_REQUEST)
        if not command.id:
            return None  # the answer to a ping, or a command that wants none
        return self._answer_connected(connection, command, now)

    def _answer_connected(self, connection: Connection, command: Command, now: Now) -> bytes | None:
        if command.subscribe is not None:
            return self._subscribe(connection, command.id, command.subscribe, now)
        if command.unsubscribe is not None:
            self._hub.unfollow(connection, command.unsubscribe.channel)
            return protocol.encode_reply(command.id, "unsubscribe", {})
        if command.publish is not None:
            return self._publish(connection, command.id, command.publish, now)
        if command.refresh is not None:
            return self._refresh(connection, command.id, command.refresh.token, now)
        return self._tell(connection, command, now)

    def _tell(self, connection: Connection, command: Command, now: Now) -> bytes:
        """Answer what only asks."""
        if command.presence_stats is not None:
            return self._count_present(connection, command.id, command.presence_stats.channel)
        if command.history is not None:
            return self._tell_history(connection, command.id, command.history, now)
        if command.presence is not None:
            return protocol.encode_error(command.id, protocol.NOT_AVAILABLE)
        return protocol.encode_error(command.id, protocol.METHOD_NOT_FOUND)

    def _connect(self, connection: Connection, command: Command, now: Now) -> bytes:
        assert command.connect is not None, "asked before"
        if connection.is_connected or not command.id:
            raise ClosedError(protocol.CLOSE_BAD_REQUEST)
        client = secrets.token_hex(CLIENT_BYTES)
        ttl_s = None
        if command.connect.token:
            try:
                token = read_hub_token(command.connect.token, self._token_key, now.real_s)
            except HubTokenOverError:
                return protocol.encode_error(command.id, protocol.TOKEN_OVER)
            except BadHubTokenError as fault:
                raise ClosedError(protocol.CLOSE_BAD_TOKEN) from fault
            ttl_s = _take_token(connection, token, now)
        connection.viewer = connection.viewer or client
        connection.is_connected = True
        told = protocol.describe_connected(client=client, ping_s=HUB_PING_S, ttl_s=ttl_s)
        return protocol.encode_reply(command.id, "connect", told)

    def _refresh(self, connection: Connection, command_id: int, text: str, now: Now) -> bytes:
        try:
            token = read_hub_token(text, self._token_key, now.real_s)
        except HubTokenOverError:
            return protocol.encode_error(command_id, protocol.TOKEN_OVER)
        except BadHubTokenError as fault:
            raise ClosedError(protocol.CLOSE_BAD_TOKEN) from fault
        if token.viewer != connection.viewer:  # somebody else: they connect anew
            raise ClosedError(protocol.CLOSE_OVER)
        told = {
            "client": "",
            "version": protocol.VERSION,
            "expires": True,
            "ttl": _take_token(connection, token, now),
        }
        return protocol.encode_reply(command_id, "refresh", told)

    def _subscribe(
        self, connection: Connection, command_id: int, asked: protocol.Subscribe, now: Now
    ) -> bytes:
        if asked.channel in connection.channels:
            return protocol.encode_error(command_id, protocol.ALREADY_SUBSCRIBED)
        since = Position(asked.offset, asked.epoch) if asked.recover else None
        try:
            followed = self._hub.follow(connection, asked.channel, since=since, at_ms=now.steady_ms)
        except UnknownChannelError:
            return protocol.encode_error(command_id, protocol.UNKNOWN_CHANNEL)
        except TooManyChannelsError:
            return protocol.encode_error(command_id, protocol.LIMIT_EXCEEDED)
        return protocol.encode_reply(command_id, "subscribe", _describe(followed))

    def _count_present(self, connection: Connection, command_id: int, channel: str) -> bytes:
        """How many follow a room's talk, for those who do, too."""
        room_id = find_talk_room(channel)
        if room_id is None:
            return protocol.encode_error(command_id, protocol.NOT_AVAILABLE)
        if channel not in connection.channels:
            return protocol.encode_error(command_id, protocol.PERMISSION_DENIED)
        counts = {
            "num_clients": self._hub.count_followers(channel),
            "num_users": self._hub.viewers.count_here(room_id),
        }
        return protocol.encode_reply(command_id, "presence_stats", counts)

    def _tell_history(
        self, connection: Connection, command_id: int, asked: protocol.HistoryAsked, now: Now
    ) -> bytes:
        if find_talk_room(asked.channel) is not None:
            return protocol.encode_error(command_id, protocol.NOT_AVAILABLE)
        if asked.channel not in connection.channels:
            return protocol.encode_error(command_id, protocol.PERMISSION_DENIED)
        since = Position(asked.since.offset, asked.since.epoch) if asked.since else None
        position, missed = self._hub.read_history(asked.channel, since, now.steady_ms)
        if since is not None and missed is None:
            return protocol.encode_error(command_id, protocol.UNRECOVERABLE)
        kept: list[msgspec.Raw] = msgspec.json.decode(
            b"[%b]" % (missed or b""), type=list[msgspec.Raw]
        )
        publications = kept[: max(asked.limit, 0)]
        told = {"publications": publications, "epoch": position.epoch, "offset": position.offset}
        return protocol.encode_reply(command_id, "history", told)

    def _publish(
        self, connection: Connection, command_id: int, asked: protocol.Publish, now: Now
    ) -> bytes | None:
        """Ask the desk; the answer comes when the desk has decided."""
        room_id = find_talk_room(asked.channel)
        if room_id is None or connection.caller is None:
            return protocol.encode_error(command_id, protocol.PERMISSION_DENIED)
        if asked.channel not in connection.channels:
            return protocol.encode_error(command_id, protocol.PERMISSION_DENIED)
        if connection.asked_count >= HUB_ASKED_MAX:
            return protocol.encode_error(command_id, protocol.TOO_MANY_REQUESTS)
        try:
            data = msgspec.json.decode(asked.data)
        except (msgspec.DecodeError, RecursionError):
            return protocol.encode_error(command_id, protocol.BAD_REQUEST)
        said = Said(
            room_id=room_id,
            caller=connection.caller,
            data=data,
            at=datetime.fromtimestamp(now.real_us / US_PER_S, tz=UTC),
        )
        connection.asked_count += 1
        self._spawn.create_task(self._ask_desk(connection, command_id, said))
        return None

    async def _ask_desk(self, connection: Connection, command_id: int, said: Said) -> None:
        try:
            refused = await self._desk.take(said)
            reply = _encode_taken(command_id, refused)
        except Exception:
            # The border of one message: the desk's fault must not end the hub.
            logger.exception("the desk failed")
            reply = protocol.encode_error(command_id, protocol.INTERNAL)
        connection.asked_count -= 1
        if not connection.is_closing and not connection.write(encode_text(reply)):
            self._let_go(connection)


def _take_token(connection: Connection, token: HubToken, now: Now) -> int:
    """Note who a connection is of; returns for how many seconds."""
    connection.viewer = token.viewer
    connection.ends_at_s = token.ends_at_s
    connection.caller = Caller(user_id=token.user_id, guest_id=token.guest_id, name=token.name)
    return token.ends_at_s - now.real_s


def _describe(followed: Followed | None) -> dict[str, object]:
    """What the protocol says of a new follower's place in the channel."""
    if followed is None:
        return {}
    told: dict[str, object] = {
        "recoverable": True,
        "positioned": True,
        "epoch": followed.position.epoch,
        "offset": followed.position.offset,
    }
    if followed.was_recovering:
        told["was_recovering"] = True
        told["recovered"] = followed.missed is not None
        if followed.missed:
            told["publications"] = msgspec.Raw(b"[%b]" % followed.missed)
    return told


def _encode_taken(command_id: int, refused: Refused | None) -> bytes:
    if refused is None:
        return protocol.encode_reply(command_id, "publish", {})
    return protocol.encode_error(command_id, refused.code, refused.message)
