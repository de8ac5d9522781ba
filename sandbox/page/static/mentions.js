/** `@name`, while it is typed and as it is sent. */

import { avatar, nameOf } from "./avatar.js";

/** @import { User } from "./types.js" */

/**
 * Returns suggestions for the `@name` before a field's cursor; `done` is called after a pick.
 *
 * @param {HTMLTextAreaElement} field
 * @param {User[]} users
 * @param {() => void} done
 */
export function meant(field, users, done) {
  const asked = field.value.slice(0, field.selectionStart).match(/(?:^|\s)@(\w*)$/);
  if (!asked) return [];
  return users
    .filter((user) => nameOf(user).startsWith(asked[1]))
    .map((user) => ({
      label: nameOf(user),
      picture: avatar(user, 24),
      pick: () => {
        field.setRangeText(
          `@${nameOf(user)} `,
          field.selectionStart - asked[1].length - 1,
          field.selectionStart,
          "end",
        );
        done();
      },
    }));
}

/**
 * Returns a text as Discord's client sends it: `<@id>` in place of `@name`.
 *
 * @param {string} text
 * @param {User[]} users
 */
export function spoken(text, users) {
  return text.replace(/@(\w+)/g, (whole, name) => {
    const user = users.find((each) => nameOf(each) === name);
    return user ? `<@${user.id}>` : whole;
  });
}
