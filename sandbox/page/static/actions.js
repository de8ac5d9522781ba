/** Actions on messages and people: the buttons over a message, and the context menus. */

import { around, byId } from "./dom.js";
import { iconButton } from "./icons.js";
import { openMenu } from "./menu.js";
import { nameOf } from "./avatar.js";
import { make } from "./make.js";
import { plainText } from "./plain.js";
import { words } from "./words.js";

/**
 * @import { App } from "./app.js"
 * @import { Item } from "./menu.js"
 * @import { MessageList } from "./messages.js"
 * @import { Command, Message, User } from "./types.js"
 */

const ON_USER = 2;
const ON_MESSAGE = 3;
const EPHEMERAL = 64;

/**
 * Returns the buttons that appear over a message.
 *
 * @param {Message} message
 * @param {MessageList} list
 */
export function actions(message, list) {
  const more = iconButton(
    "more",
    words("more"),
    () => openMenu(more, aboutMessage(message, list), { label: words("more") }),
    { "aria-haspopup": "menu", data: { key: `more-${message.id}` } },
  );
  const reply =
    message.flags & EPHEMERAL ? null : iconButton("reply", words("reply"), () => list.app.composer.reply(message));
  return make("div", { class: "actions" }, reply, more);
}

/**
 * @param {Message} message
 * @param {MessageList} list
 * @returns {(Item | null)[]}
 */
function aboutMessage(message, list) {
  const { app } = list;
  const apps = app.known.commands.filter((command) => command.type === ON_MESSAGE);
  const items = [];
  if (!(message.flags & EPHEMERAL)) items.push({ label: words("reply"), act: () => app.composer.reply(message) });
  items.push(
    {
      label: words("copyText"),
      act: () =>
        copy(
          plainText(message, (kind, id) => id),
          list,
        ),
    },
    { label: words("copyId"), act: () => copy(message.id, list) },
    { label: words("onWire"), act: () => app.drawer.wire(message.id) },
  );
  if (apps.length) items.push(null, ...apps.map((command) => appItem(command, { message: message.id }, app)));
  return items;
}

/**
 * Returns a person's menu.
 *
 * @param {User} user
 * @param {App} app
 * @returns {(Item | null)[]}
 */
export function aboutUser(user, app) {
  const person = app.known.people.some(({ id }) => id === user.id);
  const apps = app.known.commands.filter((command) => command.type === ON_USER);
  /** @type {(Item | null)[]} */
  const items = [{ label: words("mention"), act: () => app.composer.mention(user) }];
  if (person && user.id !== app.known.me.id)
    items.push({ label: words("beThem", { name: nameOf(user) }), act: () => app.enter(user.username) });
  if (user.bot)
    items.push({ label: words("message"), act: () => app.enter(app.known.me.username, app.known.dms[0].id) });
  if (apps.length) items.push(null, ...apps.map((command) => appItem(command, { user: user.id }, app)));
  return items;
}

/**
 * @param {Command} command
 * @param {object} target
 * @param {App} app
 */
function appItem(command, target, app) {
  return {
    label: command.name_localizations?.[document.documentElement.lang] ?? command.name,
    hint: words("apps"),
    act: async () => {
      const sending = app.list.sending(command.name);
      try {
        await app.interact("menu", { name: command.name, ...target });
        sending.done();
      } catch {
        sending.failed();
      }
    },
  };
}

/**
 * Listens for the context menu and for arrow keys between messages.
 *
 * @param {MessageList} list
 */
export function listen(list) {
  const box = byId("messages");
  box.addEventListener("contextmenu", (event) => {
    const message = messageAt(event, list);
    if (!message || around(event, "a, img") || String(getSelection())) return;
    event.preventDefault();
    openMenu({ x: event.clientX, y: event.clientY }, aboutMessage(message, list), { label: words("more") });
  });
  box.addEventListener("keydown", (event) => {
    if (!(event.target instanceof Element && event.target.matches("article"))) return;
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const item = event.target.closest("li");
    const next = event.key === "ArrowDown" ? item?.nextElementSibling : item?.previousElementSibling;
    next?.querySelector("article")?.focus();
  });
  byId("scroll").addEventListener("keydown", (event) => {
    if (event.target !== byId("scroll") || event.key !== "ArrowUp") return;
    event.preventDefault();
    [...box.querySelectorAll("article")].at(-1)?.focus();
  });
}

/**
 * @param {Event} event
 * @param {MessageList} list
 */
function messageAt(event, list) {
  const article = around(event, "article");
  return article ? list.get(article.dataset.id ?? "") : null;
}

/**
 * @param {string} text
 * @param {MessageList} list
 */
async function copy(text, list) {
  await navigator.clipboard?.writeText(text);
  list.say(words("copied"));
}
