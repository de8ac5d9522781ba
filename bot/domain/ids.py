"""Ids: a type for each kind, so that the type checker catches mix-ups.

Each gets its type where it enters (Discord, a row, a ``custom_id``, Evolink's answer); at run time
it is a plain value.
"""

from typing import NewType

#: A task's row. In another database it means another task, so nothing outside uses it.
TaskId = NewType("TaskId", int)
#: An interaction's. It identifies what was requested: a task, a draft, a change. Unique at Discord.
#: For a task requested by a message, it is the message's id.
InteractionId = NewType("InteractionId", int)
#: A user's. An old application's account has a different id from the application.
UserId = NewType("UserId", int)
#: Used in rows for totals, and for all other users together.
NOBODY = UserId(0)
#: A server's: what Discord's API calls a guild.
ServerId = NewType("ServerId", int)
#: Used in rows for direct messages and the like, where ``Requester.server`` is ``None``.
NO_SERVER = ServerId(0)
RoleId = NewType("RoleId", int)
#: A channel's or a thread's.
ChannelId = NewType("ChannelId", int)
MessageId = NewType("MessageId", int)
#: What Evolink calls a task.
RemoteId = NewType("RemoteId", str)
