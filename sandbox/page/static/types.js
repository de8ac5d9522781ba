/**
 * What the page's server sends: Discord's own objects (https://docs.discord.com/developers/reference),
 * as far as the page reads them. Only the type check loads this file.
 *
 * @typedef {{ id: string, username: string, global_name?: string | null, bot?: boolean }} User
 * @typedef {{ id: string, name: string, permissions: string }} Role
 * @typedef {{ user: User, roles: string[] }} Member
 *
 * @typedef {object} Channel
 * @property {string} id
 * @property {string} name
 * @property {number} type
 * @property {boolean} nsfw
 * @property {boolean} writable whether the person may write here
 * @property {boolean} bot whether the bot can see the channel
 * @property {number} file_bytes the largest file that it takes
 * @property {boolean} [dm]
 *
 * @typedef {{ id: string, name: string, roles: Role[], channels: Channel[], members: Member[] }} Guild
 *
 * @typedef {object} Option
 * @property {number} type
 * @property {string} name
 * @property {string} description
 * @property {boolean} [required]
 * @property {boolean} [autocomplete]
 * @property {{ name: string, value: string | number }[]} [choices]
 * @property {number[]} [channel_types]
 * @property {number} [min_length]
 * @property {number} [max_length]
 * @property {number} [min_value]
 * @property {number} [max_value]
 * @property {Option[]} [options]
 *
 * @typedef {{ id: string, type: number, name: string, description: string, options?: Option[],
 *   name_localizations?: Record<string, string> | null }} Command
 *
 * @typedef {object} Known what a person's client knows
 * @property {User} me
 * @property {User} bot
 * @property {User[]} people
 * @property {Guild[]} guilds
 * @property {Channel[]} dms
 * @property {string} here the channel that the person looks at
 * @property {Command[]} commands
 *
 * @typedef {{ online: boolean, bot: "elsewhere" | "up" | "down", speed: number,
 *   troubles: Record<string, boolean>, commands: Command[] }} Status
 *
 * @typedef {object} Message
 * @property {string} id
 * @property {number} type
 * @property {string} channel_id
 * @property {User} author
 * @property {string} content
 * @property {number} flags
 * @property {string} timestamp
 * @property {string | null} edited_timestamp
 * @property {User[]} mentions
 * @property {boolean} [mention_everyone]
 * @property {any[]} attachments
 * @property {any[]} embeds
 * @property {any[]} components
 * @property {object} [message_reference]
 * @property {Message | null} [referenced_message]
 * @property {{ id: string, name: string, type: number, user: User }} [interaction_metadata]
 * @property {"sending" | "failed"} [local] a command on its way, which only this page knows
 *
 * @typedef {object} Context what drawing a message needs to know
 * @property {() => number} now
 * @property {string} me
 * @property {(kind: string, id: string) => string | undefined} name
 * @property {(name: string, id: string) => (() => void) | null} command starts typing it; null: there is none
 * @property {Map<string, "pending" | "failed">} states by the `custom_id` of a component
 * @property {(key: string) => string[] | undefined} chosen
 * @property {Set<string>} revealed
 * @property {() => User[]} people
 * @property {() => Role[]} roles
 * @property {() => Channel[]} channels
 * @property {(about: Message, part: any) => void} onPress
 * @property {(about: Message, part: any, values: string[]) => void} onSelect
 * @property {(items: any[], index: number) => void} onImage
 * @property {(target: string) => void} onReply
 * @property {(about: Message) => void} onDismiss
 * @property {Message} [message] the message being drawn
 * @property {() => number} [count] numbers the spoilers of the message
 */

export {};
