"""Ids, a type for each kind, so that one in another's place is an error of the type check.

Each is made where it comes from (Discord, a row, a ``custom_id``, Evolink's answer) and passed on;
at run time it is a plain value.
"""

from typing import NewType

#: A task's row. It means another task in another database, so nothing outside it names a task so.
TaskId = NewType("TaskId", int)
#: An interaction's, which names what it asked for: a task, a draft, a change. Unique at Discord.
#: The id of a message that asked for a task takes its place.
InteractionId = NewType("InteractionId", int)
#: A user's. The account of an old application has another id than the application.
UserId = NewType("UserId", int)
#: Who stands in rows for totals, and for all others.
NOBODY = UserId(0)
#: A server's: what Discord's API calls a guild.
ServerId = NewType("ServerId", int)
#: What stands in rows for direct messages and the like, where ``Requester.server`` is ``None``.
NO_SERVER = ServerId(0)
RoleId = NewType("RoleId", int)
#: A channel's or a thread's.
ChannelId = NewType("ChannelId", int)
MessageId = NewType("MessageId", int)
#: What Evolink calls a task.
RemoteId = NewType("RemoteId", str)
